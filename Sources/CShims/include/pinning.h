/* Binding threads to CPUs; `cpu_set_t` is handled by macros, which Swift does not see. */
#pragma once

#if defined(__linux__)

#include <sys/syscall.h>
#include <unistd.h>

/* Room for 8192 CPUs, more than any kernel is built for. */
enum { pinning_words = 8192 / (8 * sizeof(unsigned long)) };

/* A set of CPUs, as the kernel keeps it. */
typedef struct {
  unsigned long words[pinning_words];
} pinning_mask;

/* The CPUs that the process's first thread may run on, and how many they are; 0 when the kernel
 * does not say. */
static inline int pinning_process_mask(pinning_mask *mask) {
  *mask = (pinning_mask){{0}};
  if (syscall(SYS_sched_getaffinity, (long)getpid(), sizeof *mask, mask) < 0) return 0;
  int count = 0;
  for (int i = 0; i < (int)pinning_words; i++) count += __builtin_popcountl(mask->words[i]);
  return count;
}

/* Binds the calling thread to the `index`-th CPU (from 0) of `mask`; 0 on success. */
static inline int pinning_bind(const pinning_mask *mask, int index) {
  for (int i = 0; i < (int)pinning_words; i++) {
    for (unsigned long rest = mask->words[i]; rest; rest &= rest - 1) {
      if (index-- > 0) continue;
      pinning_mask one = {{0}};
      one.words[i] = rest & -rest;
      return (int)syscall(SYS_sched_setaffinity, 0L, sizeof one, &one);
    }
  }
  return -1;
}

/* Lets the calling thread run on all CPUs of `mask`; 0 on success. */
static inline int pinning_free(const pinning_mask *mask) {
  return (int)syscall(SYS_sched_setaffinity, 0L, sizeof *mask, mask);
}

#endif
