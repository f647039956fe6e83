/* Starting a program, as a rule this one a second time, to work for this process, and ending it however
 * this one ends. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#include <sys/syscall.h>
#elif defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

/* Where the second process finds the connection and the file that data travels in. */
enum { process_channel = 3, process_data = 4 };

/* A nameless file in memory, or on disk where the system has none; −1 and errno when refused. */
static inline int process_open_data(void) {
#if defined(__linux__)
  return (int)syscall(SYS_memfd_create, "plimsoll", 1u /* MFD_CLOEXEC */);
#else
  char path[] = "/tmp/plimsoll-XXXXXX";
  int descriptor = mkstemp(path);
  if (descriptor < 0) return -1;
  unlink(path);
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  return descriptor;
#endif
}

/* Both ends of a connection that reports a lost partner by an error and not by a signal. */
static inline int process_connect(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
#if defined(SO_NOSIGPIPE)
    int yes = 1;
    setsockopt(ends[i], SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
#endif
  }
  return 0;
}

/* Sends up to `count` bytes; −1 and errno when the partner is gone. */
static inline ssize_t process_send(int channel, const void *bytes, size_t count) {
#if defined(MSG_NOSIGNAL)
  return send(channel, bytes, count, MSG_NOSIGNAL);
#else
  return send(channel, bytes, count, 0);
#endif
}

/* This program's file. */
static inline const char *process_own_path(char *buffer, uint32_t size) {
#if defined(__APPLE__)
  return _NSGetExecutablePath(buffer, &size) == 0 ? buffer : "";
#else
  (void)buffer, (void)size;
  return "/proc/self/exe";
#endif
}

/* A nameless file in memory that can be executed under the name /proc/self/fd/<number>, out of the way
 * of the numbers that process_start gives; −1 and errno where there is no such thing. */
static inline int process_open_program(void) {
#if defined(__linux__)
  enum { close_on_exec = 1u, executable = 0x10u /* MFD_EXEC, since Linux 6.3 */ };
  int file = (int)syscall(SYS_memfd_create, "plimsoll", close_on_exec | executable);
  if (file < 0 && errno == EINVAL) file = (int)syscall(SYS_memfd_create, "plimsoll", close_on_exec);
  if (file < 0) return -1;
  int moved = fcntl(file, F_DUPFD_CLOEXEC, 16);
  close(file);
  return moved;
#else
  errno = ENOSYS;
  return -1;
#endif
}

/* A program to start. */
struct process_plan {
  const char *path;         /* its file, or NULL for this program */
  char *const *arguments;   /* argv, NULL last */
  const char *variable;     /* NAME=value to be added to the environment, or NULL */
  int channel;              /* its end of the connection */
  int data;                 /* the file that data travels in, or −1 */
  int is_quiet;             /* whether what it prints goes nowhere */
  int is_heard;             /* whether its standard output is the connection */
};

/* The environment with one more variable; whoever asks frees the table. NULL without memory. */
static inline char **process_environment(const char *variable) {
  extern char **environ;
  size_t count = 0;
  while (environ[count]) count++;
  char **table = (char **)calloc(count + 2, sizeof *table);
  if (!table) return NULL;
  memcpy(table, environ, count * sizeof *table);
  table[count] = (char *)variable;
  return table;
}

/* Starts a program in a process group of its own, so that Ctrl-C reaches the first process alone.
 * Standard output becomes standard error, since results stand alone there, unless it is listened to.
 * 0, or an error number. */
static inline int process_start(struct process_plan plan, pid_t *process) {
  char **environment = process_environment(plan.variable);
  if (!environment) return ENOMEM;
  /* Out of the way of the numbers that they are to become. */
  int channel = fcntl(plan.channel, F_DUPFD_CLOEXEC, 16);
  int data = plan.data < 0 ? -1 : fcntl(plan.data, F_DUPFD_CLOEXEC, 16);
  if (channel < 0 || (data < 0 && plan.data >= 0)) {
    int code = errno;
    if (channel >= 0) close(channel);
    free(environment);
    return code;
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (plan.is_quiet) posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, plan.is_heard ? channel : 2, 1);
  posix_spawn_file_actions_adddup2(&actions, channel, process_channel);
  if (data >= 0) posix_spawn_file_actions_adddup2(&actions, data, process_data);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t standard;
  sigemptyset(&standard);
  sigaddset(&standard, SIGINT);
  sigaddset(&standard, SIGTERM);
  posix_spawnattr_setsigdefault(&attributes, &standard);
  sigset_t blocked;
  sigemptyset(&blocked);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  char buffer[4096];
  int code = posix_spawn(
      process, plan.path ? plan.path : process_own_path(buffer, sizeof buffer), &actions,
      &attributes, plan.arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(channel);
  if (data >= 0) close(data);
  free(environment);
  return code;
}

/* Ends the process as soon as the other end of the connection closes. */
static inline void *process_watch(void *argument) {
  struct pollfd closing = {(int)(intptr_t)argument, 0, 0};
  while (poll(&closing, 1, -1) < 0 && errno == EINTR) continue;
  _exit(0);
}

/* Ties this second process to the first: it ends with it, also from within foreign code. When that
 * code crashes, the process just ends: no core file, and none of the language's own long report.
 * Non-zero when that can't be had. */
static inline int process_follow(int channel) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const int fatal[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP};
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
  fcntl(channel, F_SETFD, FD_CLOEXEC);
  fcntl(process_data, F_SETFD, FD_CLOEXEC);
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  pthread_t watcher;
  return pthread_create(&watcher, NULL, process_watch, (void *)(intptr_t)channel);
}

/* The signal that ended a process, or 0; behind macros in the system's header. */
static inline int process_ending_signal(int status) {
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* The exit code of a process that ended by itself. */
static inline int process_exit_code(int status) { return WEXITSTATUS(status); }
