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

/* Half to single precision, exact. */
static inline __attribute__((always_inline)) __m256 vector256_from_half(__m128i halves) {
  return _mm256_cvtph_ps(halves);
}

/* Single to half precision, rounded to nearest, ties to even. */
static inline __attribute__((always_inline)) __m128i vector256_to_half(__m256 floats) {
  return _mm256_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT);
}

/* bfloat16 to single precision, exact. */
static inline __attribute__((always_inline)) __m256 vector256_from_brain(__m128i brains) {
  return (__m256)_mm256_slli_epi32(_mm256_cvtepu16_epi32(brains), 16);
}

/* Signed bytes as floats. */
static inline __attribute__((always_inline)) __m256 vector256_from_bytes(long long bytes) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(bytes)));
}

/* a · 2ⁿ, n a whole number in −126…127: its sum with 3 · 2²² holds it in the lowest bits. */
static inline __attribute__((always_inline)) __m256 vector256_scale(__m256 a, __m256 n) {
  __m256i shifted = _mm256_slli_epi32((__m256i)(n + (0x1.8p23f + 127.0f)), 23);
  return a * (__m256)shifted;
}

/* The larger of two, lane by lane; b where one of them is NaN. */
static inline __attribute__((always_inline)) __m256 vector256_maximum(__m256 a, __m256 b) {
  return _mm256_max_ps(a, b);
}

/* Single precision to bfloat16, rounded to nearest, ties to even. NaN stays NaN. */
static inline __attribute__((always_inline)) __m128i vector256_to_brain(__m256 floats) {
  __m256i bits = (__m256i)floats, last = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(last, _mm256_set1_epi32(0x7FFF)));
  __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  __m256i nan = (__m256i)_mm256_cmp_ps(floats, floats, _CMP_UNORD_Q);
  __m256i words = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
  return _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

/* Stores four vectors side by side: lane i of each at `to` + i · `distance` words. */
static inline __attribute__((always_inline)) void vector256_store_columns(
    __m256 a, __m256 b, __m256 c, __m256 d, void *to, long distance) {
  float *row = (float *)to;
  __m256 ab = _mm256_unpacklo_ps(a, b), ab_high = _mm256_unpackhi_ps(a, b);
  __m256 cd = _mm256_unpacklo_ps(c, d), cd_high = _mm256_unpackhi_ps(c, d);
  __m256 columns[4] = {
      _mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xEE),
      _mm256_shuffle_ps(ab_high, cd_high, 0x44), _mm256_shuffle_ps(ab_high, cd_high, 0xEE)};
  for (int i = 0; i < 4; ++i) {
    _mm_storeu_ps(row + i * distance, _mm256_castps256_ps128(columns[i]));
    _mm_storeu_ps(row + (4 + i) * distance, _mm256_extractf128_ps(columns[i], 1));
  }
}

/* Signed bytes as numbers of 16 bits. */
static inline __attribute__((always_inline)) __m256i vector256_from_byte_pairs(__m128i bytes) {
  return _mm256_cvtepi8_epi16(bytes);
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1] on signed numbers of 16 bits; the sums wrap.
 * The empty statement ends the compiler's knowledge of the sum: it would otherwise add up the
 * products of several steps first, and run out of registers for them. */
static inline __attribute__((always_inline)) __m256i vector256_dot_pairs(
    __m256i sums, __m256i a, __m256i b) {
  __m256i next = _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
  __asm__("" : "+x"(next));
  return next;
}

/* Two rows of eight bytes woven together: pairs of a byte of each, as numbers of 16 bits. */
static inline __attribute__((always_inline)) __m256i vector256_weave_bytes(
    long long a, long long b) {
  __m128i pairs = _mm_unpacklo_epi8(_mm_cvtsi64_si128(a), _mm_cvtsi64_si128(b));
  return _mm256_cvtepi8_epi16(pairs);
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

/* Half to single precision, exact. */
static inline __attribute__((always_inline)) __m512 vector512_from_half(__m256i halves) {
  return _mm512_cvtph_ps(halves);
}

/* Single to half precision, rounded to nearest, ties to even. */
static inline __attribute__((always_inline)) __m256i vector512_to_half(__m512 floats) {
  return _mm512_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT);
}

/* bfloat16 to single precision, exact. */
static inline __attribute__((always_inline)) __m512 vector512_from_brain(__m256i brains) {
  return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(brains), 16);
}

/* Signed bytes as floats. */
static inline __attribute__((always_inline)) __m512 vector512_from_bytes(__m128i bytes) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

/* a · 2ⁿ, n a whole number in −126…127: its sum with 3 · 2²² holds it in the lowest bits. */
static inline __attribute__((always_inline)) __m512 vector512_scale(__m512 a, __m512 n) {
  __m512i shifted = _mm512_slli_epi32((__m512i)(n + (0x1.8p23f + 127.0f)), 23);
  return a * (__m512)shifted;
}

/* The larger of two, lane by lane; b where one of them is NaN. */
static inline __attribute__((always_inline)) __m512 vector512_maximum(__m512 a, __m512 b) {
  return _mm512_max_ps(a, b);
}

/* Single precision to bfloat16, rounded to nearest, ties to even. NaN stays NaN. */
static inline __attribute__((always_inline)) __m256i vector512_to_brain(__m512 floats) {
  __m512i bits = (__m512i)floats, last = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(last, _mm512_set1_epi32(0x7FFF)));
  __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  __mmask16 nan = _mm512_cmp_ps_mask(floats, floats, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_mask_mov_epi32(rounded, nan, quiet), 16));
}

/* Stores four vectors side by side: lane i of each at `to` + i · `distance` words. */
static inline __attribute__((always_inline)) void vector512_store_columns(
    __m512 a, __m512 b, __m512 c, __m512 d, void *to, long distance) {
  float *row = (float *)to;
  __m512 ab = _mm512_unpacklo_ps(a, b), ab_high = _mm512_unpackhi_ps(a, b);
  __m512 cd = _mm512_unpacklo_ps(c, d), cd_high = _mm512_unpackhi_ps(c, d);
  __m512 columns[4] = {
      _mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE),
      _mm512_shuffle_ps(ab_high, cd_high, 0x44), _mm512_shuffle_ps(ab_high, cd_high, 0xEE)};
  for (int i = 0; i < 4; ++i) {
    _mm_storeu_ps(row + i * distance, _mm512_castps512_ps128(columns[i]));
    _mm_storeu_ps(row + (4 + i) * distance, _mm512_extractf32x4_ps(columns[i], 1));
    _mm_storeu_ps(row + (8 + i) * distance, _mm512_extractf32x4_ps(columns[i], 2));
    _mm_storeu_ps(row + (12 + i) * distance, _mm512_extractf32x4_ps(columns[i], 3));
  }
}

/* Signed bytes as numbers of 16 bits. */
static inline __attribute__((always_inline)) __m512i vector512_from_byte_pairs(__m256i bytes) {
  return _mm512_cvtepi8_epi16(bytes);
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1] on signed numbers of 16 bits; the sums wrap. */
static inline __attribute__((always_inline)) __m512i vector512_dot_pairs(
    __m512i sums, __m512i a, __m512i b) {
  return _mm512_dpwssd_epi32(sums, a, b);
}

/* Two rows of sixteen bytes woven together: pairs of a byte of each, as numbers of 16 bits. */
static inline __attribute__((always_inline)) __m512i vector512_weave_bytes(__m128i a, __m128i b) {
  __m256i pairs = _mm256_set_m128i(_mm_unpackhi_epi8(a, b), _mm_unpacklo_epi8(a, b));
  return _mm512_cvtepi8_epi16(pairs);
}

#endif
