#!/usr/bin/env python3
"""Holds plimsoll check against what llama.cpp would allocate on a processor.

    Tests/Peers/llama-memory.py --llama-fit-params BIN [--plimsoll .build/release/plimsoll] [--folder DIR]

Writes sparse GGUF files (headers and no data: a 70B takes some KiB), asks both programs for the same context,
micro-batch, attention and cache type, and prints a Markdown table in MiB. llama-fit-params is llama.cpp's own
estimate, of an allocation that is made and not touched. Ends with 1 when an error is beyond what is promised:
weights to the byte, cache exactly, compute buffer within 10 %, all of it within 2 % and not under by 1 %.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from gguf import GGUFReader

import synthetic

#        shape, weights, context, cache, flash attention
CASES = [
    ("llama-0.5b", "Q8_0", 4096, "f16", "on"), ("llama-1b", "Q4_0", 512, "f16", "on"),
    ("llama-1b", "Q8_0", 4096, "f16", "off"), ("llama-1b", "F16", 16384, "q8_0", "on"),
    ("llama-3b", "Q4_K", 8192, "f16", "on"), ("llama-8b", "Q6_K", 4096, "f16", "on"),
    ("llama-8b", "Q4_0", 32768, "q4_0", "on"), ("llama-8b", "BF16", 16384, "f16", "off"),
    ("llama-70b", "Q4_K", 8192, "f16", "on"), ("llama-70b", "Q8_0", 131072, "q8_0", "on"),
    ("qwen3-0.6b", "F16", 4096, "f16", "on"), ("qwen3-1.7b", "Q8_0", 5000, "f16", "on"),
    ("qwen3-4b", "Q4_0", 16384, "f16", "off"), ("qwen3-4b", "Q5_K", 32768, "f32", "on"),
    ("moe-2b", "Q8_0", 4096, "f16", "on"), ("moe-4b", "Q4_0", 8192, "q8_0", "on"),
    ("moe-4b", "MXFP4", 512, "f16", "on"), ("qwen3-30b-a3b", "Q4_0", 16384, "f16", "on"),
    ("qwen3-30b-a3b", "Q8_0", 4096, "f16", "off"), ("qwen3-235b-a22b", "Q4_0", 32768, "f16", "on"),
]
MIB = 1 << 20


def theirs(binary, path, context, cache, flash):
    """MiB of weights, cache and compute buffer as llama.cpp has them: weights in whole MiB."""
    command = [binary, "-m", path, "-c", str(context), "-ctk", cache, "-ctv", cache, "-fa", flash,
               "-ub", "512", "-np", "1", "-fitp", "on", "-v"]
    patterns = {"weights": r"\|   - \S+ +\| +\d+ = +(\d+) \+", "cache": r"llama_kv_cache: size = +([\d.]+) MiB",
                "compute": r"compute buffer size = +([\d.]+) MiB"}
    for _ in range(3):  # It sometimes ends before it has printed all.
        end = subprocess.run(command, capture_output=True, text=True, errors="replace")
        text = end.stdout + end.stderr
        found = {name: re.findall(pattern, text) for name, pattern in patterns.items()}
        if all(found.values()):
            return {name: sum(map(float, sizes)) for name, sizes in found.items()}
    sys.exit(f"{' '.join(command)} ended with {end.returncode} and did not say all:\n{text[-2000:]}")


def ours(binary, path, context, cache, flash):
    """The same of plimsoll, in MiB."""
    command = [binary, "check", path, "--context", str(context), "--kv-type", cache, "--memory", "4TiB",
               "--flash-attention", flash, "--box", "dgx-spark", "--format", "json", "--quiet"]
    end = subprocess.run(command, capture_output=True, text=True)
    if not end.stdout:
        sys.exit(f"{' '.join(command)} failed: {end.stderr}")
    sizes = {"weights": 0, "cache": 0, "compute": 0}
    for line in json.loads(end.stdout)["ledger"]:
        sizes[line["kind"]] += line["bytes"] / MIB
    return sizes


def stored(path):
    """Bytes of all tensors, as gguf's own reader has them."""
    return sum(int(tensor.n_bytes) for tensor in GGUFReader(path).tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--llama-fit-params", required=True, help="llama.cpp's program")
    parser.add_argument("--plimsoll", default=".build/release/plimsoll")
    parser.add_argument("--folder", help="where the files go (default: a temporary folder)")
    options = parser.parse_args()
    print("| file | context | cache | flash attention | weights | llama.cpp | cache | llama.cpp | compute | llama.cpp"
          " | all of it, ours ÷ theirs |")
    print("| --- | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    failures = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for shape, weights, context, cache, flash in CASES:
            path = os.path.join(folder, f"{shape}-{weights}.gguf")
            synthetic.write(path, shape, weights, sparse=True)
            truth = theirs(options.llama_fit_params, path, context, cache, flash)
            mine = ours(options.plimsoll, path, context, cache, flash)
            # Of weights llama.cpp tells whole MiB: gguf's reader has their bytes.
            if not 0 <= stored(path) / MIB - truth["weights"] < 2.5:
                sys.exit(f"{path}: llama.cpp has {truth['weights']} MiB of weights, gguf {stored(path) / MIB:.2f}")
            truth["weights"] = stored(path) / MIB
            ratio = sum(mine.values()) / sum(truth.values())
            cells = [f"{value[name]:,.2f}" for name in mine for value in (mine, truth)]
            print(f"| {shape} {weights} | {context} | {cache} | {flash} | {' | '.join(cells)} | {ratio:.4f} |")
            name = f"{shape} {weights} {context} {cache} {flash}"
            if round(mine["weights"] * MIB) != stored(path):
                failures.append(f"{name}: weights are not the tensors' bytes")
            # llama.cpp prints hundredths of a MiB.
            if abs(mine["cache"] - truth["cache"]) > 0.006:
                failures.append(f"{name}: cache {mine['cache']:.2f} for {truth['cache']:.2f} MiB")
            if abs(mine["compute"] / truth["compute"] - 1) > 0.1:
                failures.append(f"{name}: compute {mine['compute']:.2f} for {truth['compute']:.2f} MiB")
            if not 0.99 <= ratio <= 1.02:
                failures.append(f"{name}: all of it {ratio:.4f}")
            os.remove(path)
    print("\n".join(failures), file=sys.stderr)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
