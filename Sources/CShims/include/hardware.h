/* What kind of file system lies under a file: Swift's Glibc has no statfs. */
#pragma once

#if defined(__linux__)
#include <sys/vfs.h>

/* 1 where the file of `descriptor` lies in memory (tmpfs, ramfs), 0 elsewhere, −1 and errno.
 * Source of the numbers: linux/magic.h. */
static inline int hardware_lies_in_memory(int descriptor) {
  struct statfs system;
  if (fstatfs(descriptor, &system) != 0) return -1;
  unsigned long type = (unsigned long)system.f_type & 0xffffffff;
  return type == 0x01021994 || type == 0x858458f6;
}
#endif
