/* Vector instructions of x86-64 that Swift has no name for. What a module sees depends on the
 * features that it is compiled with. */
#pragma once

#if defined(__AVX2__)

#include <immintrin.h>

/* sums[i] + Σ u[4i + t] · s[4i + t], t 0…3: unsigned bytes times signed ones, the sums wrap.
 * Exact for u ≤ 127: vpmaddubsw saturates above 2 · 127 · 128 = 32,512. */
static inline __attribute__((always_inline)) __m256i vector256_dot_bytes(
    __m256i sums, __m256i u, __m256i s) {
  __m256i pairs = _mm256_maddubs_epi16(u, s);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* `value`, of which the compiler knows nothing any more: work on it cannot leave a loop. */
static inline __attribute__((always_inline)) __m256i vector256_opaque(__m256i value) {
  __asm__ volatile("" : "+x"(value));
  return value;
}

/* Stores past the caches; `address` is a multiple of 32. */
static inline __attribute__((always_inline)) void vector256_stream(void *address, __m256 value) {
  _mm256_stream_ps((float *)address, value);
}

#endif

#if defined(__AVX512F__) && defined(__AVX512VNNI__)

/* sums[i] + Σ u[4i + t] · s[4i + t], t 0…3: unsigned bytes times signed ones, the sums wrap. */
static inline __attribute__((always_inline)) __m512i vector512_dot_bytes(
    __m512i sums, __m512i u, __m512i s) {
  return _mm512_dpbusd_epi32(sums, u, s);
}

/* `value`, of which the compiler knows nothing any more: work on it cannot leave a loop. */
static inline __attribute__((always_inline)) __m512i vector512_opaque(__m512i value) {
  __asm__ volatile("" : "+v"(value));
  return value;
}

/* Stores past the caches; `address` is a multiple of 64. */
static inline __attribute__((always_inline)) void vector512_stream(void *address, __m512 value) {
  _mm512_stream_ps((float *)address, value);
}

#endif
