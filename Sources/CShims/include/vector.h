/* Vector steps that are the same C for every instruction set.
 *
 * Vectors travel by value: a shim that dereferenced a vector pointer would assume alignment. */
#pragma once

#define SHIM static inline __attribute__((always_inline))

/* Asks for the cache line at `address`, to be read soon; any address is allowed. */
SHIM void vector_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

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
