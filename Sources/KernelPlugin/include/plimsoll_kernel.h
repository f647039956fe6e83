/* What a library of kernels implements to be measured and checked by Plimsoll:
 *
 *     cc -O3 -shared -fPIC -o mine.so mine.c
 *     plimsoll run matmul --provider plimsoll,plugin:./mine.so
 *
 * The library runs in a process of its own. Plimsoll makes the inputs, calls the library again and
 * again with the same arguments, times the calls and holds the output of the last one against an
 * oracle in double precision. Export the first three functions, and one entry point for each
 * operation that `plimsoll_kernel_supports` says yes to. C, C++, Rust, CUDA: whatever exports C names.
 *
 * All matrices are row-major. Buffers are aligned to 64 bytes at least, do not overlap, and hold
 * exactly what their extents say: reading or writing beyond them is an error. Inputs are finite.
 */
#ifndef PLIMSOLL_KERNEL_H
#define PLIMSOLL_KERNEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface; it is raised when a field changes its meaning or its place. */
#define PLIMSOLL_KERNEL_VERSION 1

/* How the elements of a matrix are stored. The numbers and the block formats are ggml's. */
typedef int32_t plimsoll_type;
enum {
  PLIMSOLL_F32 = 0,
  PLIMSOLL_F16 = 1,
  PLIMSOLL_Q4_0 = 2,
  PLIMSOLL_Q8_0 = 8,
  PLIMSOLL_Q4_K = 12,
  PLIMSOLL_Q5_K = 13,
  PLIMSOLL_Q6_K = 14,
  PLIMSOLL_I8 = 24,
  PLIMSOLL_BF16 = 30,
  PLIMSOLL_MXFP4 = 39
};

typedef int32_t plimsoll_operation;
enum {
  PLIMSOLL_MATMUL = 1,
  PLIMSOLL_GEMV = 2,
  PLIMSOLL_ATTENTION = 3,
  PLIMSOLL_MOE = 4
};

/* What an entry point returns; any other number is a failure, and is shown. */
enum {
  PLIMSOLL_DONE = 0,
  /* These extents or types are not for this kernel: the row is skipped. */
  PLIMSOLL_UNSUPPORTED = 1
};

/* What every call begins with. */
typedef struct {
  /* Bytes of the argument struct that begins with this one. */
  uint32_t size;
  /* Threads to use, the calling one among them; 1 at least. */
  int32_t threads;
  /* Points to a place that is null before the first call and is kept between calls with the same
   * buffers: for weights repacked once, for a thread pool. The first calls are not timed. It is
   * given back with `plimsoll_kernel_release`. */
  void **state;
} plimsoll_call;

/* c = a · b, or a · bᵀ.
 * Cost: 2·m·n·k FLOP. Tolerance: |error| ≤ γ(k+1) · |a||b|, γ(n) = n·2⁻²⁴ / (1 − n·2⁻²⁴), for
 * types of float. For blocks, where the row of a may be rounded to eight bits:
 * Σ|b| / 254 + 8 · γ(k+1) · |a||b|, and |a| ≤ 1. */
typedef struct {
  plimsoll_call call;
  int64_t m, n, k;
  plimsoll_type a_type, b_type;
  /* 0: b is k × n. 1: b is n × k, as models store their weights; blocks run along k. */
  int32_t b_is_transposed;
  int32_t reserved;
  /* Distances from row to row in bytes. */
  int64_t a_stride, b_stride, c_stride;
  const void *a;
  const void *b;
  /* f32, m × n; written, not read. Where a and b are I8, whole numbers of 32 bits (int32_t) stand
   * here instead, and are exact. */
  float *c;
} plimsoll_matmul;

/* y = w · x: one token's share of decoding.
 * Cost: 2·m·k FLOP, and w's bytes read once. Tolerance: as of matmul. */
typedef struct {
  plimsoll_call call;
  int64_t m, k;
  plimsoll_type w_type;
  int32_t reserved;
  /* Distance from row to row in bytes. */
  int64_t w_stride;
  /* m × k of `w_type`. */
  const void *w;
  /* k floats. */
  const float *x;
  /* m floats; written, not read. */
  float *y;
} plimsoll_gemv;

/* output = softmax(scale · q · kᵀ) · v for each head; head h uses key and value head
 * h / (heads / kv_heads). All tensors are without gaps. */
typedef struct {
  plimsoll_call call;
  int64_t batch, heads, kv_heads, queries, keys, key_dim, value_dim;
  plimsoll_type kv_type;
  /* 1: query i sees keys 0 … keys − queries + i alone. */
  int32_t causal;
  /* Keys that a query sees at most, its own the last of them; 0 is all. */
  int64_t window;
  float scale;
  int32_t reserved;
  /* f32, batch × queries × heads × key_dim. */
  const float *q;
  /* batch × kv_heads × keys × key_dim of `kv_type`. */
  const void *k;
  /* batch × kv_heads × keys × value_dim of `kv_type`. */
  const void *v;
  /* f32, batch × queries × heads × value_dim; written, not read. */
  float *output;
} plimsoll_attention;

/* output[t] = Σ over the token's experts e of weight · down[e] · (silu(gate[e] · x) ⊙ (up[e] · x)),
 * x = input[t], silu(z) = z / (1 + exp(−z)). All tensors are without gaps. */
typedef struct {
  plimsoll_call call;
  int64_t tokens, hidden, intermediate, experts, used;
  /* How gate, up and down are stored; blocks run along a row. */
  plimsoll_type type;
  int32_t reserved;
  /* tokens × hidden. */
  const float *input;
  /* tokens × used numbers of experts, 0 … experts − 1, no two of a token alike. */
  const int32_t *expert_ids;
  /* tokens × used: what each chosen expert's output is multiplied with. */
  const float *expert_weights;
  /* experts × intermediate × hidden. */
  const void *gate;
  const void *up;
  /* experts × hidden × intermediate. */
  const void *down;
  /* tokens × hidden; written, not read. */
  float *output;
} plimsoll_moe;

/* PLIMSOLL_KERNEL_VERSION of the header that the library was compiled with. Required. */
uint32_t plimsoll_kernel_version(void);

/* A short name with a version, as `mylib 2.1`, that stays valid. Required. */
const char *plimsoll_kernel_name(void);

/* 1 when the library has `operation` with weights (b, w, k and v, experts) of `type`, else 0.
 * Required. */
int32_t plimsoll_kernel_supports(plimsoll_operation operation, plimsoll_type type);

/* The operations. Called by one thread at a time. */
int32_t plimsoll_kernel_matmul(const plimsoll_matmul *arguments);
int32_t plimsoll_kernel_gemv(const plimsoll_gemv *arguments);
int32_t plimsoll_kernel_attention(const plimsoll_attention *arguments);
int32_t plimsoll_kernel_moe(const plimsoll_moe *arguments);

/* Frees what a kernel left in `*state`. Optional. */
void plimsoll_kernel_release(plimsoll_operation operation, void *state);

#ifdef __cplusplus
}
#endif

#endif
