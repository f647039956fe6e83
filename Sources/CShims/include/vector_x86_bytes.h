/* Integer steps of the quantised kernels on x86-64, for the features that a module is compiled with. */
#pragma once

#if defined(__AVX2__)

#include <immintrin.h>

#define X86 static inline __attribute__((always_inline))

/* `value` in every lane of 32 bits. */
X86 __m256i vector256_broadcast_int(int value) { return _mm256_set1_epi32(value); }

/* `value` in every lane of 16 bits. */
X86 __m256i vector256_broadcast_short(short value) { return _mm256_set1_epi16(value); }

/* Sixteen bytes, repeated. */
X86 __m256i vector256_repeat(__m128i bytes) { return _mm256_broadcastsi128_si256(bytes); }

/* Lanes of 16 bits shifted to the right, zeros coming in. */
X86 __m256i vector256_shift_right(__m256i a, int count) { return _mm256_srli_epi16(a, count); }

/* Lanes of 16 bits shifted to the left. */
X86 __m256i vector256_shift_left(__m256i a, int count) { return _mm256_slli_epi16(a, count); }

/* a + b in lanes of 32 bits. */
X86 __m256i vector256_add_ints(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }

/* a − b in lanes of 32 bits. */
X86 __m256i vector256_subtract_ints(__m256i a, __m256i b) { return _mm256_sub_epi32(a, b); }

/* Unsigned bytes as lanes of 16 bits. */
X86 __m256i vector256_shorts_from_unsigned(__m128i bytes) { return _mm256_cvtepu8_epi16(bytes); }

/* Lanes of 32 bits as floats. */
X86 __m256 vector256_from_ints(__m256i a) { return _mm256_cvtepi32_ps(a); }

/* table[index] for every byte, within 16 bytes each; each index is below 16. */
X86 __m256i vector256_lookup(__m256i table, __m256i indices) { return _mm256_shuffle_epi8(table, indices); }

/* sums + u · s, pairs of neighbours added: unsigned bytes times signed ones, in lanes of 16 bits. */
X86 __m256i vector256_add_products(__m256i sums, __m256i u, __m256i s) {
  return _mm256_add_epi16(sums, _mm256_maddubs_epi16(u, s));
}

/* sums[i] + Σ w[4i + t] · q[4i + t], t 0…3: signed bytes, q not −128. The magnitude of w is taken,
 * and its sign given to q: −128 has one only that way round. 2 · 128 · 127 fits 16 bits. */
X86 __m256i vector256_dot_signed(__m256i sums, __m256i w, __m256i q) {
  __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(q, w));
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1], a and b of 16 bits. */
X86 __m256i vector256_dot_shorts(__m256i sums, __m256i a, __m256i b) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
}

/* a[2i] + a[2i + 1] in lanes of 32 bits. */
X86 __m256i vector256_add_pairs(__m256i a) { return _mm256_madd_epi16(a, _mm256_set1_epi16(1)); }

/* (a[2i] + a[2i + 1]) · scale[i]: the scale is there twice, in either half of its lane. */
X86 __m256i vector256_scale_pairs(__m256i a, __m256i scales) { return _mm256_madd_epi16(a, scales); }

/* Eight unsigned bytes, each as two equal numbers of 16 bits. */
X86 __m256i vector256_twice_from_unsigned(long long bytes) {
  __m256i ints = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes));
  return _mm256_or_si256(ints, _mm256_slli_epi32(ints, 16));
}

/* Eight signed bytes, each as two equal numbers of 16 bits. */
X86 __m256i vector256_twice_from_signed(long long bytes) {
  __m256i ints = _mm256_cvtepi8_epi32(_mm_cvtsi64_si128(bytes));
  return _mm256_blend_epi16(ints, _mm256_slli_epi32(ints, 16), 0xAA);
}

/* Whole numbers in −128…127 as eight signed bytes. */
X86 long long vector256_to_bytes(__m256 a) {
  __m256i ints = _mm256_cvtps_epi32(a);
  __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(ints), _mm256_extracti128_si256(ints, 1));
  return _mm_cvtsi128_si64(_mm_packs_epi16(shorts, shorts));
}

/* sums − scales · 2 · factor in lanes of 32 bits: the scale is there twice, in either half of its lane. */
X86 __m256i vector256_subtract_twice(__m256i sums, __m256i scales, short factor) {
  return _mm256_sub_epi32(sums, _mm256_madd_epi16(scales, _mm256_set1_epi16(factor)));
}

/* 2ᵉ⁻¹²⁷ for eight unsigned bytes e; 0 for e = 0, infinity for 255. */
X86 __m256 vector256_powers_of_two(long long bytes) {
  return (__m256)_mm256_slli_epi32(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes)), 23);
}

#endif

#if defined(__AVX512BW__) && defined(__AVX512VNNI__)

/* `value` in every lane of 32 bits. */
X86 __m512i vector512_broadcast_int(int value) { return _mm512_set1_epi32(value); }

/* Sixteen bytes, repeated. */
X86 __m512i vector512_repeat(__m128i bytes) { return _mm512_broadcast_i32x4(bytes); }

/* Lanes of 16 bits shifted to the right, zeros coming in. */
X86 __m512i vector512_shift_right(__m512i a, int count) { return _mm512_srli_epi16(a, count); }

/* Lanes of 16 bits shifted to the left. */
X86 __m512i vector512_shift_left(__m512i a, int count) { return _mm512_slli_epi16(a, count); }

/* a + b in lanes of 32 bits. */
X86 __m512i vector512_add_ints(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }

/* a − b in lanes of 32 bits. */
X86 __m512i vector512_subtract_ints(__m512i a, __m512i b) { return _mm512_sub_epi32(a, b); }

/* Unsigned bytes as lanes of 16 bits. */
X86 __m512i vector512_shorts_from_unsigned(__m256i bytes) { return _mm512_cvtepu8_epi16(bytes); }

/* Lanes of 32 bits as floats. */
X86 __m512 vector512_from_ints(__m512i a) { return _mm512_cvtepi32_ps(a); }

/* table[index] for every byte, within 16 bytes each; each index is below 16. */
X86 __m512i vector512_lookup(__m512i table, __m512i indices) { return _mm512_shuffle_epi8(table, indices); }

/* sums[i] + Σ (w[4i + t] + 128) · q[4i + t], t 0…3: signed bytes, of which the first are made unsigned. */
X86 __m512i vector512_dot_offset(__m512i sums, __m512i w, __m512i q) {
  return _mm512_dpbusd_epi32(sums, _mm512_xor_si512(w, _mm512_set1_epi8(-128)), q);
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1], a and b of 16 bits. */
X86 __m512i vector512_dot_shorts(__m512i sums, __m512i a, __m512i b) {
  return _mm512_dpwssd_epi32(sums, a, b);
}

/* a · b in lanes of 32 bits. */
X86 __m512i vector512_multiply_ints(__m512i a, __m512i b) { return _mm512_mullo_epi32(a, b); }

/* Sixteen unsigned bytes as lanes of 32 bits. */
X86 __m512i vector512_ints_from_unsigned(__m128i bytes) { return _mm512_cvtepu8_epi32(bytes); }

/* Sixteen signed bytes as lanes of 32 bits. */
X86 __m512i vector512_ints_from_signed(__m128i bytes) { return _mm512_cvtepi8_epi32(bytes); }

/* Whole numbers in −128…127 as sixteen signed bytes. */
X86 __m128i vector512_to_bytes(__m512 a) { return _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a)); }

/* sums − scales · 2 · factor in lanes of 32 bits. */
X86 __m512i vector512_subtract_twice(__m512i sums, __m512i scales, short factor) {
  return _mm512_sub_epi32(sums, _mm512_mullo_epi32(scales, _mm512_set1_epi32(2 * factor)));
}

/* 2ᵉ⁻¹²⁷ for sixteen unsigned bytes e; 0 for e = 0, infinity for 255. */
X86 __m512 vector512_powers_of_two(__m128i bytes) {
  return (__m512)_mm512_slli_epi32(_mm512_cvtepu8_epi32(bytes), 23);
}

#endif
