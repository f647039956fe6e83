/* Mapped files that other programs cut short: reading a page that is gone raises SIGBUS, and a sentence
 * and an exit code are to take the place of a crash. To be used from one source file alone: the list
 * belongs to the object file that these functions are compiled into. */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A mapping; once made it is used again and never freed, since the handler may be looking at it. */
struct mapping_entry {
  const char *start; /* NULL: not in use */
  size_t length;
  char path[1024];
  struct mapping_entry *next;
};

struct mapping_list {
  pthread_mutex_t lock;
  struct mapping_entry *first;
  struct sigaction before;
};

static inline struct mapping_list *mapping_all(void) {
  static struct mapping_list list = {.lock = PTHREAD_MUTEX_INITIALIZER};
  return &list;
}

static inline void mapping_say(const char *text) {
  ssize_t written = write(STDERR_FILENO, text, strlen(text));
  (void)written;
}

/* The handler: calls nothing that a signal must not call. */
static inline void mapping_lost(int number, siginfo_t *information, void *context) {
  (void)context;
  const char *address = (const char *)information->si_addr;
  int is_fault = information->si_code > 0;
  struct mapping_entry *entry = __atomic_load_n(&mapping_all()->first, __ATOMIC_ACQUIRE);
  for (; is_fault && entry; entry = entry->next) {
    const char *start = __atomic_load_n(&entry->start, __ATOMIC_ACQUIRE);
    if (!start || address < start || address >= start + entry->length) continue;
    /* Several threads may meet the end at once: one speaks, the others wait for the exit. */
    static int is_said;
    if (__atomic_exchange_n(&is_said, 1, __ATOMIC_ACQ_REL)) for (;;) pause();
    mapping_say("plimsoll: ");
    mapping_say(entry->path);
    mapping_say(": the file was cut short while it was read; try again when it is complete\n");
    _exit(74);
  }
  /* Not one of these files: the instruction is run again and meets what was there before. */
  sigaction(SIGBUS, &mapping_all()->before, NULL);
  if (!is_fault) raise(number);
}

/* From now on a read of this mapping that meets no file ends the program with exit code 74. */
static inline void mapping_watch(const void *start, size_t length, const char *path) {
  struct mapping_list *list = mapping_all();
  pthread_mutex_lock(&list->lock);
  if (!list->first) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = mapping_lost;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &list->before);
  }
  struct mapping_entry *entry = list->first;
  while (entry && entry->start) entry = entry->next;
  if (!entry && (entry = (struct mapping_entry *)calloc(1, sizeof *entry))) {
    entry->next = list->first;
    __atomic_store_n(&list->first, entry, __ATOMIC_RELEASE);
  }
  if (entry) {
    strncpy(entry->path, path, sizeof entry->path - 1);
    entry->length = length;
    __atomic_store_n(&entry->start, (const char *)start, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&list->lock);
}

/* Forgets the mapping at `start`; to be called before it goes. */
static inline void mapping_forget(const void *start) {
  struct mapping_list *list = mapping_all();
  pthread_mutex_lock(&list->lock);
  for (struct mapping_entry *entry = list->first; entry; entry = entry->next)
    if (entry->start == (const char *)start)
      __atomic_store_n(&entry->start, (const char *)NULL, __ATOMIC_RELEASE);
  pthread_mutex_unlock(&list->lock);
}
