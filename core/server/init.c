#include "server/init.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int passed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2};

static bool is_our_parent;

bool init_is_our_parent(void) {
  return is_our_parent;
}

/* Waits for all children that have ended. True when the server has, with its
   status as a shell reports it. */
static bool reap_children(pid_t server, int *status) {
  bool has_ended = false;
  int how;
  for (pid_t child; (child = waitpid(-1, &how, WNOHANG)) > 0;) {
    if (child != server) continue;
    has_ended = true;
    *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
  }
  return has_ended;
}

/* A terminal sends its signals to the server as well. */
static void pass_signal_on(pid_t server, const siginfo_t *signal) {
  if (signal->si_code != SI_KERNEL) kill(server, signal->si_signo);
}

/* Closes the sockets that were passed on: they belong to the server. */
static void serve_as_init(pid_t server, const sigset_t *ours) {
  siginfo_t signal;
  int status = 0;
  (void)close_range(STDERR_FILENO + 1, ~0U, 0);
  for (;;) {
    int number = sigwaitinfo(ours, &signal);
    if (number > 0 && number != SIGCHLD) pass_signal_on(server, &signal);
    if (reap_children(server, &status)) _exit(status);
  }
}

/* Makes a variable that names process 1 name the server. */
static void be_meant(const char *variable) {
  const char *process = getenv(variable);
  char ours[16];
  snprintf(ours, sizeof ours, "%d", (int)getpid());
  if (process && strcmp(process, "1") == 0) setenv(variable, ours, 1);
}

/* Signals are blocked, not ignored, so that none is lost. */
void init_stay_behind(void) {
  sigset_t ours, before;
  if (getpid() != 1) return;
  sigemptyset(&ours);
  sigaddset(&ours, SIGCHLD);
  for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
    sigaddset(&ours, passed_on[i]);
  sigprocmask(SIG_BLOCK, &ours, &before);
  pid_t server = fork();
  if (server < 0) {
    fprintf(stderr, "base: process 1 cannot start the server: %s\n",
            strerror(errno));
    exit(1);
  }
  if (server > 0) serve_as_init(server, &ours);
  is_our_parent = true;
  be_meant("LISTEN_PID");
  be_meant("WATCHDOG_PID");
  sigprocmask(SIG_SETMASK, &before, NULL);
}
