/* GNU extensions that Swift's Glibc module hides, and macros it cannot import. */
#pragma once
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern int pthread_setname_np(pthread_t thread, const char *name);

/* The environment, which Swift sees as an unsafe global. */
extern char **environ;
static inline char **trunkline_environment(void) { return environ; }

/* WIFEXITED and its sisters are macros. -1: not ended by exit. */
static inline int trunkline_exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
static inline int trunkline_signal_status(int status) {
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
