/* Opening and measuring files: calls that Swift does not see, being variadic or behind macros. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A file without a name in `folder`, open for reading and writing; −1 and errno when refused.
 * Where the file system knows no nameless files, one is made and unlinked at once. */
static inline int storage_open_unnamed(const char *folder) {
#if defined(__linux__) && defined(__O_TMPFILE)
  int descriptor = open(folder, __O_TMPFILE | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return descriptor;
#endif
  char path[4096];
  int length = snprintf(path, sizeof path, "%s/plimsoll-probe-%d", folder, (int)getpid());
  if (length < 0 || (size_t)length >= sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  int named = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (named >= 0) unlink(path);
  return named;
}

/* The open file `descriptor` a second time, read past the page cache; −1 and errno when refused. */
static inline int storage_open_direct(int descriptor) {
#if defined(__linux__)
#ifndef O_DIRECT
  /* glibc shows it to GNU sources alone; the kernel's own value. */
#if defined(__aarch64__) || defined(__arm__)
  const int direct = 0200000;
#else
  const int direct = 040000;
#endif
#else
  const int direct = O_DIRECT;
#endif
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return open(path, O_RDONLY | O_CLOEXEC | direct);
#elif defined(__APPLE__)
  int copy = dup(descriptor);
  if (copy >= 0 && fcntl(copy, F_NOCACHE, 1) < 0) {
    close(copy);
    return -1;
  }
  return copy;
#else
  errno = ENOTSUP;
  return -1;
#endif
}

/* Asks the kernel to drop the file's pages from its cache; 0, or an error number. */
static inline int storage_evict(int descriptor) {
#if defined(__linux__)
  return posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
#else
  (void)descriptor;
  return ENOTSUP;
#endif
}

/* Advice for anonymous memory: 1 huge pages, 0 small pages. Refusal costs speed, nothing else. */
static inline void storage_advise_pages(void *address, size_t length, int huge) {
#if defined(__linux__)
  madvise(address, length, huge ? 14 /* MADV_HUGEPAGE */ : 15 /* MADV_NOHUGEPAGE */);
#else
  (void)address, (void)length, (void)huge;
#endif
}

/* The share, 0 to 1, of a mapping's pages that are in memory; −1 where the system doesn't say. */
static inline double storage_resident_share(void *address, size_t length, size_t page) {
  unsigned char map[4096];
  size_t resident = 0, pages = (length + page - 1) / page;
  for (size_t first = 0; first < pages; first += sizeof map) {
    size_t count = pages - first < sizeof map ? pages - first : sizeof map;
    if (mincore((char *)address + first * page, count * page, (void *)map) != 0) return -1;
    for (size_t i = 0; i < count; i++) resident += map[i] & 1;
  }
  return pages ? (double)resident / (double)pages : 0;
}
