/* Vector instructions of arm64 that Swift has no name for. */
#pragma once

#if defined(__aarch64__)

#include <arm_neon.h>

/* sums[i] + Σ a[4i + t] · b[4i + t], t 0…3, on signed bytes; the sums wrap. */
static inline __attribute__((always_inline)) int64x2_t neon_dot_bytes(
    int64x2_t sums, int64x2_t a, int64x2_t b) {
  int32x4_t s = vreinterpretq_s32_s64(sums);
  int8x16_t x = vreinterpretq_s8_s64(a), y = vreinterpretq_s8_s64(b);
#if defined(__ARM_FEATURE_DOTPROD)
  return vreinterpretq_s64_s32(vdotq_s32(s, x, y));
#else
  int16x8_t low = vmull_s8(vget_low_s8(x), vget_low_s8(y)), high = vmull_high_s8(x, y);
  int32x4_t pairs = vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
  return vreinterpretq_s64_s32(vaddq_s32(s, pairs));
#endif
}

/* sums[i] + a[2i] · b[2i] + a[2i + 1] · b[2i + 1], a and b of 16 bits. */
static inline __attribute__((always_inline)) int64x2_t neon_dot_shorts(
    int64x2_t sums, int64x2_t a, int64x2_t b) {
  int16x8_t x = vreinterpretq_s16_s64(a), y = vreinterpretq_s16_s64(b);
  int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(y)), high = vmull_high_s16(x, y);
  return vreinterpretq_s64_s32(vaddq_s32(vreinterpretq_s32_s64(sums), vpaddq_s32(low, high)));
}

/* table[index] for every byte; each index is below 16. */
static inline __attribute__((always_inline)) int64x2_t neon_lookup(
    int64x2_t table, int64x2_t indices) {
  return vreinterpretq_s64_u8(
      vqtbl1q_u8(vreinterpretq_u8_s64(table), vreinterpretq_u8_s64(indices)));
}

#endif
