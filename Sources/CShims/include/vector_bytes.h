/* Integer steps of the quantised kernels in plain C, four lanes of 32 bits: any CPU. */
#pragma once

#include "vector.h"

typedef short vector128_shorts __attribute__((vector_size(16)));

/* Lanes of 16 bits shifted to the right, zeros coming in. */
SHIM vector128_words vector128_shift_right(vector128_words a, int count) {
  typedef unsigned short shorts __attribute__((vector_size(16)));
  return (vector128_words)((shorts)a >> (unsigned short)count);
}

/* Lanes of 16 bits shifted to the left. */
SHIM vector128_words vector128_shift_left(vector128_words a, int count) {
  typedef unsigned short shorts __attribute__((vector_size(16)));
  return (vector128_words)((shorts)a << (unsigned short)count);
}

/* a · b in lanes of 32 bits, which wrap. */
SHIM vector128_words vector128_multiply_ints(vector128_words a, vector128_words b) {
  return (vector128_words)((vector128_bits)a * (vector128_bits)b);
}

/* Four unsigned bytes, the first in the lowest bits, as lanes of 32 bits. */
SHIM vector128_words vector128_ints_from_unsigned(unsigned four) {
  typedef unsigned char bytes __attribute__((vector_size(4)));
  return (vector128_words)__builtin_convertvector((bytes)four, vector128_ints);
}

/* Four signed bytes, the first in the lowest bits, as lanes of 32 bits. */
SHIM vector128_words vector128_ints_from_signed(unsigned four) {
  typedef signed char bytes __attribute__((vector_size(4)));
  return (vector128_words)__builtin_convertvector((bytes)four, vector128_ints);
}

/* Eight unsigned bytes, the first in the lowest bits, as lanes of 16 bits. */
SHIM vector128_words vector128_shorts_from_unsigned(unsigned long long eight) {
  typedef unsigned char bytes __attribute__((vector_size(8)));
  return (vector128_words)__builtin_convertvector((bytes)eight, vector128_shorts);
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1], a and b of 16 bits. */
SHIM vector128_words vector128_dot_shorts(vector128_words sums, vector128_words a, vector128_words b) {
  typedef short four __attribute__((vector_size(8)));
  vector128_shorts x = (vector128_shorts)a, y = (vector128_shorts)b;
  four x0 = __builtin_shufflevector(x, x, 0, 2, 4, 6), x1 = __builtin_shufflevector(x, x, 1, 3, 5, 7);
  four y0 = __builtin_shufflevector(y, y, 0, 2, 4, 6), y1 = __builtin_shufflevector(y, y, 1, 3, 5, 7);
  vector128_ints p0 = __builtin_convertvector(x0, vector128_ints) * __builtin_convertvector(y0, vector128_ints);
  vector128_ints p1 = __builtin_convertvector(x1, vector128_ints) * __builtin_convertvector(y1, vector128_ints);
  return (vector128_words)((vector128_ints)sums + p0 + p1);
}

/* Lanes of 32 bits as floats. */
SHIM vector128_floats vector128_from_ints(vector128_words a) {
  return __builtin_convertvector((vector128_ints)a, vector128_floats);
}

/* Numbers in −128…127, rounded to nearest and ties to even, as four signed bytes, the first in the lowest
 * bits. From 1.5 · 2²³ on floats are whole numbers: the sum rounds, a conversion alone would cut off. */
SHIM unsigned vector128_to_bytes(vector128_floats a) {
  typedef signed char bytes __attribute__((vector_size(4)));
  a = (a + 0x1.8p23f) - 0x1.8p23f;
  return (unsigned)__builtin_convertvector(__builtin_convertvector(a, vector128_ints), bytes);
}

/* table[index] for every byte; each index is below 16. */
SHIM vector128_words vector128_lookup(vector128_words table, vector128_words indices) {
  typedef unsigned char bytes __attribute__((vector_size(16)));
  bytes from = (bytes)table, at = (bytes)indices, result = from;
  for (int i = 0; i < 16; i++) result[i] = from[at[i] & 15];
  return (vector128_words)result;
}

/* sums − scales · 2 · factor in lanes of 32 bits. */
SHIM vector128_words vector128_subtract_twice(vector128_words sums, vector128_words scales, short factor) {
  return (vector128_words)((vector128_bits)sums - (vector128_bits)scales * (unsigned)(2 * factor));
}

/* 2ᵉ⁻¹²⁷ for four unsigned bytes e; 0 for e = 0, infinity for 255. */
SHIM vector128_floats vector128_powers_of_two(unsigned four) {
  return (vector128_floats)((vector128_bits)vector128_ints_from_unsigned(four) << 23);
}

/* The sum of 16 signed bytes at `from`. */
SHIM short vector_sum_bytes(const void *from) {
  typedef signed char bytes __attribute__((vector_size(16)));
  bytes q;
  __builtin_memcpy(&q, from, sizeof q);
#if defined(__SSE2__)
  /* psadbw adds unsigned bytes: 128 is added to each, and 16 · 128 taken off. */
  typedef long long words __attribute__((vector_size(16)));
  words sums = (words)__builtin_ia32_psadbw128((bytes)(q ^ (signed char)-128), (bytes)(q ^ q));
  return (short)(sums[0] + sums[1] - 16 * 128);
#else
  int sum = 0;
  for (int i = 0; i < 16; i++) sum += q[i];
  return (short)sum;
#endif
}
