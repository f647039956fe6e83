/* Memory loops that must stay fast in debug builds and must not be optimised away. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Word `index` of the SplitMix64 stream of `seed`.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
static inline uint64_t hardware_splitmix64(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// Fills `words[0..<count]` with words `first..<first + count` of the SplitMix64 stream of `seed`.
static inline void hardware_fill_words(
    uint64_t *words, size_t count, uint64_t seed, uint64_t first) {
  for (size_t i = 0; i < count; i++) words[i] = hardware_splitmix64(seed, first + i);
}

/// Fills `values[0..<count]` with multiples of 2^-23 in [-1, 1), from the top 24 bits of word i.
static inline void hardware_fill_floats(float *values, size_t count, uint64_t seed) {
  for (size_t i = 0; i < count; i++) {
    int32_t top = (int32_t)(hardware_splitmix64(seed, i) >> 40) - (1 << 23);
    values[i] = (float)top * 0x1p-23f;
  }
}

/// Writes one byte every `stride` bytes of `base[0..<length]`; says how many.
static inline size_t hardware_touch_writing(void *base, size_t length, size_t stride) {
  volatile unsigned char *bytes = (volatile unsigned char *)base;
  size_t touched = 0;
  for (size_t at = 0; at < length; at += stride, touched++) bytes[at] = (unsigned char)(touched | 1);
  return touched;
}

/// Reads one byte every `stride` bytes of `base[0..<length]`; says how many.
static inline size_t hardware_touch_reading(const void *base, size_t length, size_t stride) {
  const volatile unsigned char *bytes = (const volatile unsigned char *)base;
  size_t touched = 0;
  for (size_t at = 0; at < length; at += stride, touched++) (void)bytes[at];
  return touched;
}

/// The sum of `words[0..<count]` modulo 2^64.
static inline uint64_t hardware_sum_words(const uint64_t *words, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += words[i];
  return sum;
}
