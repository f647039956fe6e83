/* A library of kernels in plain loops: f32, and weights in f32 alone. It shows what a plug-in has to
 * export, and the tests compile it again with one of the mistakes that a plug-in can make:
 * -DWRONG_VERSION, -DMISSING_SYMBOL, -DMISSING_ENTRY, -DCRASH, -DCRASH_ON_LOAD, -DHANG, -DWRONG_ANSWER,
 * -DEXITS, -DRETURNS_ERROR, -DNOISY. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plimsoll_kernel.h"

#ifdef WRONG_VERSION
uint32_t plimsoll_kernel_version(void) { return PLIMSOLL_KERNEL_VERSION + 1; }
#else
uint32_t plimsoll_kernel_version(void) { return PLIMSOLL_KERNEL_VERSION; }
#endif

#ifndef MISSING_SYMBOL
const char *plimsoll_kernel_name(void) { return "plain loops 1.0"; }
#endif

int32_t plimsoll_kernel_supports(plimsoll_operation operation, plimsoll_type type) {
  return operation >= PLIMSOLL_MATMUL && operation <= PLIMSOLL_MOE && type == PLIMSOLL_F32;
}

#ifdef CRASH_ON_LOAD
__attribute__((constructor)) static void crash(void) { abort(); }
#endif

/* What goes wrong in this variant, if anything. */
static int32_t mishap(void) {
#if defined(CRASH)
  *(volatile int *)8 = 1;
#elif defined(HANG)
  for (;;) pause();
#elif defined(EXITS)
  exit(7);
#elif defined(RETURNS_ERROR)
  return -5;
#elif defined(NOISY)
  printf("a plug-in that talks\n");
  fflush(stdout);
#endif
  return PLIMSOLL_DONE;
}

static float dot(const float *a, const float *b, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; i++) sum += a[i] * b[i];
  return sum;
}

static const float *row_of(const void *matrix, int64_t row, int64_t stride) {
  return (const float *)((const char *)matrix + row * stride);
}

#ifndef MISSING_ENTRY
int32_t plimsoll_kernel_matmul(const plimsoll_matmul *it) {
  for (int64_t i = 0; i < it->m; i++) {
    const float *a = row_of(it->a, i, it->a_stride);
    float *c = (float *)((char *)it->c + i * it->c_stride);
    for (int64_t j = 0; j < it->n; j++) {
      if (it->b_is_transposed) {
        c[j] = dot(a, row_of(it->b, j, it->b_stride), it->k);
        continue;
      }
      float sum = 0;
      for (int64_t p = 0; p < it->k; p++) sum += a[p] * row_of(it->b, p, it->b_stride)[j];
      c[j] = sum;
    }
  }
#ifdef WRONG_ANSWER
  it->c[it->n - 1] += 1;
#endif
  return mishap();
}
#endif

int32_t plimsoll_kernel_gemv(const plimsoll_gemv *it) {
  for (int64_t i = 0; i < it->m; i++) it->y[i] = dot(row_of(it->w, i, it->w_stride), it->x, it->k);
  return mishap();
}

/* One query of one head: the softmax without its divisor, which is returned, in `shares`. */
static float weigh(
    const plimsoll_attention *it, const float *q, const float *k, int64_t first, int64_t last,
    float *shares) {
  float largest = -INFINITY, total = 0;
  for (int64_t j = first; j <= last; j++) {
    shares[j] = it->scale * dot(q, k + j * it->key_dim, it->key_dim);
    largest = fmaxf(largest, shares[j]);
  }
  for (int64_t j = first; j <= last; j++) total += shares[j] = expf(shares[j] - largest);
  return total;
}

static void attend(
    const plimsoll_attention *it, int64_t sequence, int64_t query, int64_t head, float *shares) {
  int64_t kv_head = sequence * it->kv_heads + head / (it->heads / it->kv_heads);
  int64_t place = (sequence * it->queries + query) * it->heads + head;
  int64_t last = it->causal ? it->keys - it->queries + query : it->keys - 1;
  int64_t first = it->window > 0 && last >= it->window ? last - it->window + 1 : 0;
  const float *k = (const float *)it->k + kv_head * it->keys * it->key_dim;
  const float *v = (const float *)it->v + kv_head * it->keys * it->value_dim;
  float *output = it->output + place * it->value_dim;
  float total = weigh(it, it->q + place * it->key_dim, k, first, last, shares);
  for (int64_t d = 0; d < it->value_dim; d++) {
    float sum = 0;
    for (int64_t j = first; j <= last; j++) sum += shares[j] * v[j * it->value_dim + d];
    output[d] = sum / total;
  }
}

int32_t plimsoll_kernel_attention(const plimsoll_attention *it) {
  float *shares = malloc((size_t)it->keys * sizeof *shares);
  if (!shares) return -1;
  for (int64_t s = 0; s < it->batch; s++)
    for (int64_t i = 0; i < it->queries; i++)
      for (int64_t h = 0; h < it->heads; h++) attend(it, s, i, h, shares);
  free(shares);
  return mishap();
}

int32_t plimsoll_kernel_moe(const plimsoll_moe *it) {
  float *inner = malloc((size_t)it->intermediate * sizeof *inner);
  if (!inner) return -1;
  int64_t size = it->intermediate * it->hidden;
  for (int64_t i = 0; i < it->tokens * it->hidden; i++) it->output[i] = 0;
  for (int64_t choice = 0; choice < it->tokens * it->used; choice++) {
    const float *x = it->input + choice / it->used * it->hidden;
    float *output = it->output + choice / it->used * it->hidden;
    int64_t expert = it->expert_ids[choice];
    const float *gate = (const float *)it->gate + expert * size;
    const float *up = (const float *)it->up + expert * size;
    const float *down = (const float *)it->down + expert * size;
    for (int64_t i = 0; i < it->intermediate; i++) {
      float z = dot(gate + i * it->hidden, x, it->hidden);
      inner[i] = z / (1 + expf(-z)) * dot(up + i * it->hidden, x, it->hidden);
    }
    for (int64_t i = 0; i < it->hidden; i++)
      output[i] += it->expert_weights[choice] * dot(down + i * it->intermediate, inner, it->intermediate);
  }
  free(inner);
  return mishap();
}
