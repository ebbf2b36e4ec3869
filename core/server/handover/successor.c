#include "server/handover/successor.h"

#include "lib/buffer.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum {
  PATIENCE = 30000, /* milliseconds in which it must become ready */
  DESCRIPTORS_MAX = 1024
};

enum state {
  IDLE,
  STARTING,
  READY,    /* it has taken over */
  REPLACED, /* a successor of its own has taken over from it */
  LOST,     /* it had taken over, and has ended */
  ENDING
};

struct successor {
  uv_loop_t *loop;
  struct timers *timers;
  struct successor_command command;
  const struct successor_events *events;
  void *context;
  enum state state;
  bool is_late;
  bool is_stopping;
  int open_handles;
  int ready; /* our end of the pipe, or -1 */
  uv_process_t process;
  uv_poll_t poll;
  struct timer patience;
};

/* What is prepared for the start of a successor. */
struct start {
  uv_stdio_container_t descriptors[DESCRIPTORS_MAX];
  int count;
  struct buffer lines; /* SUCCESSOR_VARIABLE=… */
  int pipe[2];
  int link[2];
};

struct successor *successor_new(uv_loop_t *loop, struct timers *timers,
                                const struct successor_command *command,
                                const struct successor_events *events,
                                void *context) {
  struct successor *successor = calloc(1, sizeof *successor);
  if (!successor) return NULL;
  successor->loop = loop;
  successor->timers = timers;
  successor->command = *command;
  successor->events = events;
  successor->context = context;
  successor->ready = -1;
  return successor;
}

/* --- what the successor is given --- */

static void give_descriptor(struct start *start, int descriptor) {
  uv_stdio_container_t *given = &start->descriptors[start->count++];
  given->flags = UV_INHERIT_FD;
  given->data.fd = descriptor;
}

/* Returns 0 or an error of libuv. */
static int prepare_start(struct start *start, const struct net *net) {
  const struct listener *cursor = NULL;
  int descriptor;
  const char *where;
  *start = (struct start){.pipe = {-1, -1}, .link = {-1, -1}};
  if (pipe2(start->pipe, O_CLOEXEC | O_NONBLOCK) != 0 ||
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                 start->link) != 0)
    return uv_translate_sys_error(errno);
  for (int i = 0; i < SUCCESSOR_PIPE; i++)
    give_descriptor(start, i);
  give_descriptor(start, start->pipe[1]);
  bool fits =
      buffer_print(&start->lines, SUCCESSOR_VARIABLE "=" SUCCESSOR_LINK "%d\n",
                   start->count);
  give_descriptor(start, start->link[1]);
  while (net_next_listener(net, &cursor, &descriptor, &where) &&
         start->count < DESCRIPTORS_MAX) {
    fits = fits && buffer_print(&start->lines, "%d=%s\n", start->count, where);
    give_descriptor(start, descriptor);
  }
  return fits && buffer_append(&start->lines, "", 1) ? 0 : UV_ENOMEM;
}

static size_t count_of(char *const *variables) {
  size_t count = 0;
  while (variables[count])
    count++;
  return count;
}

/* Our environment, the variables of the command, and the lines. The caller
   frees the list, but not its strings. */
static char **make_environment(const struct successor_command *command,
                               struct start *start) {
  size_t count = count_of(environ);
  size_t more = count_of(command->variables);
  char **variables = calloc(count + more + 2, sizeof *variables);
  if (!variables) return NULL;
  memcpy(variables, environ, count * sizeof *variables);
  memcpy(variables + count, command->variables, more * sizeof *variables);
  variables[count + more] = start->lines.bytes;
  return variables;
}

static void close_start(struct start *start) {
  for (int i = 0; i < 2; i++) {
    if (start->pipe[i] >= 0) close(start->pipe[i]);
    if (start->link[i] >= 0) close(start->link[i]);
  }
  buffer_free(&start->lines);
  free(start);
}

/* --- watching the successor --- */

static void free_successor(struct successor *successor) {
  if (successor->open_handles == 0 && successor->is_stopping) free(successor);
}

static void on_successor_handle_closed(uv_handle_t *handle) {
  struct successor *successor = handle->data;
  successor->open_handles--;
  free_successor(successor);
}

static void stop_listening_to_it(struct successor *successor) {
  timer_stop(successor->timers, &successor->patience);
  if (successor->ready < 0) return;
  uv_close((uv_handle_t *)&successor->poll, on_successor_handle_closed);
  close(successor->ready);
  successor->ready = -1;
}

/* Logs in one line how the successor ended and what that means. */
static void log_end(const struct successor *successor, int status, int signal) {
  char how[48];
  int id = successor->process.pid;
  if (successor->is_late)
    snprintf(how, sizeof how, "it was not ready within %d s", PATIENCE / 1000);
  else if (signal)
    snprintf(how, sizeof how, "it was ended by signal %d", signal);
  else
    snprintf(how, sizeof how, "it ended with status %d", status);
  if (successor->state == REPLACED)
    log_event(LOG_INFO,
              "process %d, which had been replaced too, has ended: %s", id,
              how);
  else if (successor->state == READY)
    log_event(LOG_ERROR,
              "process %d, which had taken over, has ended, and no process "
              "accepts connections: %s",
              id, how);
  else
    log_event(LOG_ERROR, "not replaced by process %d: %s; process %d %s", id,
              how, (int)getpid(),
              successor->state == ENDING ? "is ending" : "continues as before");
}

static void take_over(struct successor *successor) {
  successor->state = READY;
  timer_stop(successor->timers, &successor->patience);
  log_event(LOG_INFO, "process %d is ready and takes over from process %d",
            successor->process.pid, (int)getpid());
  successor->events->ready(successor->context, successor->process.pid);
}

/* Reads what the successor has said. False when nothing more will come. */
static bool hear_words(struct successor *successor) {
  char word = '\0';
  ssize_t size = 0;
  while (successor->ready >= 0 &&
         (size = read(successor->ready, &word, 1)) > 0) {
    if (word == SUCCESSOR_READY && successor->state == STARTING)
      take_over(successor);
    else if (word == SUCCESSOR_REPLACED && successor->state == READY)
      successor->state = REPLACED;
  }
  return size < 0 && errno == EAGAIN;
}

static void on_pipe_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  if (!hear_words(poll->data)) uv_poll_stop(poll); /* on_ended follows */
}

static void on_process_ended(uv_process_t *process, int64_t status,
                             int signal) {
  struct successor *successor = process->data;
  if (successor->state == READY)
    (void)hear_words(successor); /* what it wrote before it ended */
  stop_listening_to_it(successor);
  log_end(successor, (int)status, signal);
  if (successor->state == STARTING) successor->state = IDLE;
  if (successor->state == READY) successor->state = LOST;
  uv_close((uv_handle_t *)process, on_successor_handle_closed);
}

/* Reads the pipe first: it may be our loop that was late. */
static void on_patience_over(struct timer *timer) {
  struct successor *successor = owner_of(timer, struct successor, patience);
  (void)hear_words(successor);
  if (successor->state != STARTING) return;
  successor->is_late = true;
  uv_process_kill(&successor->process, SIGKILL);
}

/* --- starting it --- */

static int spawn_process(struct successor *successor, struct start *start) {
  char **variables = make_environment(&successor->command, start);
  if (!variables) return UV_ENOMEM;
  uv_process_options_t options = {.exit_cb = on_process_ended,
                                  .file = successor->command.words[0],
                                  .args = successor->command.words,
                                  .cwd = "/", /* any account may enter it */
                                  .env = variables,
                                  .stdio = start->descriptors,
                                  .stdio_count = start->count};
  /* The successor must not inherit files that scripts and libraries have
     opened. */
  (void)close_range(SUCCESSOR_PIPE, ~0U, CLOSE_RANGE_CLOEXEC);
  successor->process.data = successor;
  int failed = uv_spawn(successor->loop, &successor->process, &options);
  successor->open_handles++;
  if (failed)
    uv_close((uv_handle_t *)&successor->process, on_successor_handle_closed);
  free(variables);
  return failed;
}

static void wait_for_it(struct successor *successor, struct start *start) {
  successor->state = STARTING;
  successor->is_late = false;
  successor->ready = start->pipe[0];
  start->pipe[0] = -1;
  uv_poll_init(successor->loop, &successor->poll, successor->ready);
  successor->open_handles++;
  successor->poll.data = successor;
  uv_poll_start(&successor->poll, UV_READABLE, on_pipe_readable);
  successor->patience.on_due = on_patience_over;
  timer_start(successor->timers, &successor->patience, PATIENCE);
  int link = start->link[0];
  start->link[0] = -1;
  successor->events->starting(successor->context, link);
}

/* Why no successor can be started now, or NULL. */
static const char *find_objection(const struct successor *successor) {
  if (!successor) return "out of memory";
  if (successor->state == STARTING) return "a new process is already starting";
  if (successor->state == READY || successor->state == REPLACED)
    return "a new process has already taken over";
  if (successor->state == LOST)
    return "the process that had taken over has ended: start the server again";
  if (successor->state == ENDING) return "this process is ending";
  if (successor->open_handles > 0) return "the last attempt is still ending";
  return successor->command.objection;
}

void successor_start(struct successor *successor, const struct net *net) {
  const char *why = find_objection(successor);
  if (why) {
    log_event(LOG_WARN, "not replaced: %s", why);
    return;
  }
  struct start *start = malloc(sizeof *start);
  if (!start) return;
  int failed = prepare_start(start, net);
  if (!failed) failed = spawn_process(successor, start);
  if (failed) {
    log_event(LOG_ERROR, "not replaced: cannot start %s: %s",
              successor->command.words[0], uv_strerror(failed));
  } else {
    log_event(LOG_INFO, "process %d is starting to take over from process %d",
              successor->process.pid, (int)getpid());
    wait_for_it(successor, start);
  }
  close_start(start);
}

bool successor_is_lost(const struct successor *successor) {
  return successor && successor->state == LOST;
}

void successor_cancel(struct successor *successor) {
  bool is_over = !successor || successor->state == READY ||
                 successor->state == REPLACED || successor->state == LOST;
  if (is_over) return;
  if (successor->state == STARTING)
    uv_process_kill(&successor->process, SIGKILL);
  successor->state = ENDING;
}

void successor_stop(struct successor *successor) {
  if (!successor) return;
  successor->is_stopping = true;
  successor_cancel(successor);
  stop_listening_to_it(successor);
  if (uv_is_active((uv_handle_t *)&successor->process))
    uv_close((uv_handle_t *)&successor->process, on_successor_handle_closed);
  free_successor(successor);
}
