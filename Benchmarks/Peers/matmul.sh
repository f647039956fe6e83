#!/bin/sh
# f32 matmul against CBLAS libraries in one process:
#   Benchmarks/Peers/matmul.sh [LIBRARY...]
# without libraries against OpenBLAS and BLIS where Debian puts them. PLIMSOLL, THREADS, TIME: the
# program, the number of threads, and how many seconds a row is measured.
set -eu
plimsoll=${PLIMSOLL:-.build/release/plimsoll}
folder=/usr/lib/$(uname -m)-linux-gnu
[ $# -gt 0 ] || set -- "$folder/openblas-pthread/libopenblas.so.0" "$folder/blis-pthread/libblis.so.4"
providers=plimsoll
for library in "$@"; do providers="$providers,cblas:$library"; done
# They would choose slower kernels or other threads for the libraries.
unset OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS OMP_NUM_THREADS BLIS_NUM_THREADS

# m n k
while read -r m n k; do
  "$plimsoll" run matmul --param "m=$m" --param "n=$n" --param "k=$k" --provider "$providers" \
    --threads "${THREADS:-2}" --min-time "${TIME:-5}" --max-time "${TIME:-5}"
done <<ROWS
512 512 512
1024 1024 1024
2048 2048 2048
512 4096 4096
128 14336 4096
1 4096 4096
4 4096 4096
16 4096 4096
ROWS
