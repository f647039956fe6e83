/* CPU identification on x86-64. */
#pragma once

#if defined(__x86_64__)

#include <stdint.h>

/* The four registers that CPUID answers in. */
typedef struct {
  uint32_t eax, ebx, ecx, edx;
} cpuid_registers;

/* CPUID for `leaf` and `subleaf`; zeros when the CPU has no such leaf. */
static inline cpuid_registers cpuid_query(uint32_t leaf, uint32_t subleaf) {
  cpuid_registers r = {leaf & 0x80000000u, 0, 0, 0};
  __asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx));
  if (r.eax < leaf) return (cpuid_registers){0, 0, 0, 0};
  r.eax = leaf;
  r.ecx = subleaf;
  __asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx));
  return r;
}

/* XCR0: which register files the operating system saves. Only where CPUID.1:ECX.OSXSAVE is set. */
static inline uint64_t cpuid_enabled_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}

#endif
