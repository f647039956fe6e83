/* A plain C read loop, to hold plimsoll's read bandwidth against: the sum of 256 MiB of huge pages,
 * two threads or as many as named, the median of 15 passes, in GB/s.
 *
 *   cc -O3 -march=native -pthread read_bandwidth.c -o read_bandwidth && ./read_bandwidth [threads] */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { passes = 15 };
static const size_t bytes = (size_t)256 << 20;
static uint64_t *data;
static int threads = 2;
static pthread_barrier_t start, end;
static uint64_t sink;

/* Reads part `number` once; the passes of all threads begin and end together. */
static void read_part(size_t number) {
  size_t count = bytes / 8 / threads;
  const uint64_t *part = data + number * count;
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += part[i];
  __atomic_fetch_add(&sink, sum, __ATOMIC_RELAXED);
}

static void *work(void *argument) {
  for (int pass = 0; pass < passes; pass++) {
    pthread_barrier_wait(&start);
    read_part((size_t)(intptr_t)argument);
    pthread_barrier_wait(&end);
  }
  return NULL;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc > 1) threads = atoi(argv[1]);
  if (threads < 1 || threads > 1024) return 64;
  data = aligned_alloc((size_t)2 << 20, bytes);
  if (!data) return 69;
  madvise(data, bytes, MADV_HUGEPAGE);
  for (size_t i = 0; i < bytes / 8; i++) data[i] = i * 0x9E3779B97F4A7C15u | 1;
  pthread_barrier_init(&start, NULL, threads);
  pthread_barrier_init(&end, NULL, threads);
  for (intptr_t i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void *)i) != 0) return 69;
  }
  double rates[passes];
  /* The clock's thread reads too, and starts the clock before the others can begin: a thread that
   * only waits on a core of its own would start it late and see rates that no memory has. */
  for (int pass = 0; pass < passes; pass++) {
    double begin = now();
    pthread_barrier_wait(&start);
    read_part(0);
    pthread_barrier_wait(&end);
    rates[pass] = bytes / (now() - begin) * 1e-9;
  }
  qsort(rates, passes, sizeof *rates, ascending);
  printf("%.2f\n", rates[passes / 2]);
  return 0;
}
