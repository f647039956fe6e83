/* Vector steps that are the same C for every instruction set.
 *
 * Vectors travel by value: a shim that dereferenced a vector pointer would assume alignment. */
#pragma once

#define SHIM static inline __attribute__((always_inline))

/* Asks for the cache line at `address`, to be read soon; any address is allowed. */
SHIM void vector_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/* Asks for the cache line at `address`, to be read some time later, up to the second cache. */
SHIM void vector_prefetch_far(const void *address) { __builtin_prefetch(address, 0, 2); }

/* A hint that the calling thread spins. */
SHIM void vector_spin_hint(void) {
#if defined(__x86_64__)
  __asm__ volatile("pause");
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Two 64-bit words, seen as 16 signed bytes or 4 sums of 32 bits by the step that takes them. */
typedef long long vector128_words __attribute__((vector_size(16)));

/* sums[i] + Σ a[4i + t] · b[4i + t], t 0…3, on signed bytes; the sums wrap. Plain C: any CPU. */
SHIM vector128_words vector128_dot_bytes(vector128_words sums, vector128_words a, vector128_words b) {
  typedef signed char bytes __attribute__((vector_size(16)));
  typedef short shorts __attribute__((vector_size(32)));
  typedef unsigned quads __attribute__((vector_size(16)));
  typedef int ints __attribute__((vector_size(32)));
  shorts p = __builtin_convertvector((bytes)a, shorts) * __builtin_convertvector((bytes)b, shorts);
  ints even = __builtin_convertvector(
      __builtin_shufflevector(p, p, 0, 2, 4, 6, 8, 10, 12, 14), ints);
  ints odd = __builtin_convertvector(
      __builtin_shufflevector(p, p, 1, 3, 5, 7, 9, 11, 13, 15), ints);
  ints pair = even + odd;
  quads low = (quads)__builtin_shufflevector(pair, pair, 0, 2, 4, 6);
  quads high = (quads)__builtin_shufflevector(pair, pair, 1, 3, 5, 7);
  return (vector128_words)((quads)sums + low + high);
}

/* `value`, of which the compiler knows nothing any more: work on it cannot leave a loop. */
SHIM vector128_words vector128_opaque(vector128_words value) {
#if defined(__x86_64__)
  __asm__ volatile("" : "+x"(value));
#elif defined(__aarch64__)
  __asm__ volatile("" : "+w"(value));
#endif
  return value;
}

/* Four floats. */
typedef float vector128_floats __attribute__((vector_size(16)));

/* Stores past the caches; `address` is a multiple of 16. */
SHIM void vector128_stream(void *address, vector128_floats value) {
  __builtin_nontemporal_store(value, (vector128_floats *)address);
}

/* Orders streaming stores before whatever the calling thread does next. */
SHIM void vector_stream_fence(void) {
#if defined(__x86_64__)
  __asm__ volatile("sfence" ::: "memory");
#else
  __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

/* Four 16-bit numbers, the first in the lowest bits. */
typedef unsigned long long vector64_shorts;
typedef unsigned vector128_bits __attribute__((vector_size(16)));
typedef int vector128_ints __attribute__((vector_size(16)));

SHIM vector128_bits vector128_widen_shorts(vector64_shorts four) {
  typedef unsigned short shorts __attribute__((vector_size(8)));
  return __builtin_convertvector((shorts)four, vector128_bits);
}

SHIM vector64_shorts vector128_narrow_shorts(vector128_bits words) {
  typedef unsigned short shorts __attribute__((vector_size(8)));
  return (vector64_shorts)__builtin_convertvector(words, shorts);
}

/* Half to single precision, exact; for CPUs without such an instruction. The exponent is rebased
 * by a multiplication, which also normalises what was denormal. */
SHIM vector128_floats vector128_from_half(vector64_shorts halves) {
  vector128_bits h = vector128_widen_shorts(halves);
  vector128_bits magnitude = (h & 0x7FFF) << 13;
  vector128_bits value = (vector128_bits)((vector128_floats)magnitude * 0x1p112f);
  vector128_bits special = (vector128_bits)(magnitude >= (0x7C00u << 13)) & 0x7F800000u;
  return (vector128_floats)(value | special | (h & 0x8000) << 16);
}

/* Single to half precision, rounded to nearest, ties to even: an addition aligns the fraction so
 * that the CPU's own rounding drops the right bits. NaN stays NaN. */
SHIM vector64_shorts vector128_to_half(vector128_floats floats) {
  vector128_bits bits = (vector128_bits)floats;
  vector128_bits doubled = bits + bits;
  vector128_floats scaled = ((vector128_floats)(bits & 0x7FFFFFFFu) * 0x1p112f) * 0x1p-110f;
  vector128_bits exponent = doubled & 0xFF000000u;
  vector128_bits small = (vector128_bits)(exponent < 0x71000000u);
  exponent = (small & 0x71000000u) | (~small & exponent);
  vector128_bits sum = (vector128_bits)((vector128_floats)((exponent >> 1) + 0x07800000u) + scaled);
  vector128_bits finite = (sum >> 13 & 0x7C00) + (sum & 0x0FFF);
  vector128_bits isNaN = (vector128_bits)(doubled > 0xFF000000u);
  return vector128_narrow_shorts((bits >> 16 & 0x8000) | (isNaN & 0x7E00) | (~isNaN & finite));
}

/* bfloat16 to single precision, exact. */
SHIM vector128_floats vector128_from_brain(vector64_shorts brains) {
  return (vector128_floats)(vector128_widen_shorts(brains) << 16);
}

/* Single precision to bfloat16, rounded to nearest, ties to even. NaN stays NaN. */
SHIM vector64_shorts vector128_to_brain(vector128_floats floats) {
  vector128_bits bits = (vector128_bits)floats;
  vector128_bits rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  vector128_bits isNaN = (vector128_bits)((bits & 0x7FFFFFFFu) > 0x7F800000u);
  return vector128_narrow_shorts((isNaN & (bits >> 16 | 0x40)) | (~isNaN & rounded));
}

/* Four signed bytes, the first in the lowest bits, as floats. */
SHIM vector128_floats vector128_from_bytes(unsigned four) {
  typedef signed char bytes __attribute__((vector_size(4)));
  return __builtin_convertvector((bytes)four, vector128_floats);
}

/* a · 2ⁿ, n a whole number in −126…127: its sum with 3 · 2²² holds it in the lowest bits. */
SHIM vector128_floats vector128_scale(vector128_floats a, vector128_floats n) {
  vector128_bits shifted = (vector128_bits)(n + (0x1.8p23f + 127.0f)) << 23;
  return a * (vector128_floats)shifted;
}

/* The larger of two, lane by lane; b where one of them is NaN. */
SHIM vector128_floats vector128_maximum(vector128_floats a, vector128_floats b) {
  vector128_bits mask = (vector128_bits)(a > b);
  return (vector128_floats)((mask & (vector128_bits)a) | (~mask & (vector128_bits)b));
}

/* Stores four vectors side by side: lane i of each at `to` + i · `distance` words. */
SHIM void vector128_store_columns(
    vector128_floats a, vector128_floats b, vector128_floats c, vector128_floats d, void *to,
    long distance) {
  typedef float unaligned __attribute__((vector_size(16), aligned(4), may_alias));
  float *row = (float *)to;
  vector128_floats ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  vector128_floats cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  vector128_floats ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  vector128_floats cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(unaligned *)row = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(unaligned *)(row + distance) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(unaligned *)(row + 2 * distance) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(unaligned *)(row + 3 * distance) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* Eight signed bytes as eight numbers of 16 bits. */
SHIM vector128_words vector128_from_byte_pairs(long long eight) {
  typedef signed char bytes __attribute__((vector_size(8)));
  typedef short shorts __attribute__((vector_size(16)));
  return (vector128_words)__builtin_convertvector((bytes)eight, shorts);
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1] on signed numbers of 16 bits; the sums wrap. */
SHIM vector128_words vector128_dot_pairs(vector128_words sums, vector128_words a, vector128_words b) {
  typedef short shorts __attribute__((vector_size(16)));
  typedef int ints __attribute__((vector_size(16)));
#if defined(__x86_64__)
  ints pairs = (ints)__builtin_ia32_pmaddwd128((shorts)a, (shorts)b);
#else
  typedef int wide __attribute__((vector_size(32)));
  wide p = __builtin_convertvector((shorts)a, wide) * __builtin_convertvector((shorts)b, wide);
  ints pairs = __builtin_shufflevector(p, p, 0, 2, 4, 6) + __builtin_shufflevector(p, p, 1, 3, 5, 7);
#endif
  return (vector128_words)((vector128_bits)sums + (vector128_bits)pairs);
}

/* Two floats. */
typedef float vector64_floats __attribute__((vector_size(8)));

/* The sums of the lanes of each. */
SHIM vector64_floats vector128_sums(vector128_floats a, vector128_floats b) {
  vector128_floats four = __builtin_shufflevector(a, b, 0, 4, 1, 5) +
                          __builtin_shufflevector(a, b, 2, 6, 3, 7);
  return __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
}

/* The largest lane, none of them NaN. */
SHIM float vector128_largest(vector128_floats a) {
  vector128_floats two = vector128_maximum(a, __builtin_shufflevector(a, a, 2, 3, 0, 1));
  return two[0] > two[1] ? two[0] : two[1];
}

/* Two rows of four bytes woven together: pairs of a byte of each, as numbers of 16 bits. */
SHIM vector128_words vector128_weave_bytes(unsigned a, unsigned b) {
  typedef signed char bytes __attribute__((vector_size(8)));
  typedef short shorts __attribute__((vector_size(16)));
  bytes rows = (bytes)((unsigned long long)b << 32 | a);
  bytes pairs = __builtin_shufflevector(rows, rows, 0, 4, 1, 5, 2, 6, 3, 7);
  return (vector128_words)__builtin_convertvector(pairs, shorts);
}

/* Four rows of four bytes woven together: groups of a byte of each. */
SHIM vector128_words vector128_weave_four(unsigned a, unsigned b, unsigned c, unsigned d) {
  typedef signed char bytes __attribute__((vector_size(16)));
  typedef unsigned quads __attribute__((vector_size(16)));
  bytes rows = (bytes)(quads){a, b, c, d};
  return (vector128_words)__builtin_shufflevector(
      rows, rows, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}
