/*
** base-load: talks to a WebSocket server and measures it. Opens the
** connections, warms up, counts for a while, and says what came of it.
*/
#include "load.h"

#include "load_bystander.h"
#include "load_fail.h"
#include "load_head.h"
#include "load_process.h"
#include "load_room.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { OPENING = 100, EVENTS = 512 };

static const uint64_t SECOND = 1000000000;

/* What the measured time is the difference of. */
struct reading {
  uint64_t time, server_cpu, own_cpu;
};

static struct load load;

static struct reading look(void) {
  pid_t pid = load.options.pid;
  return (struct reading){process_now(), pid ? process_cpu(pid) : 0,
                          process_own_cpu()};
}

static uint64_t memory(void) {
  return load.options.pid ? process_memory(load.options.pid) : 0;
}

static uint64_t nanoseconds(double seconds) {
  return (uint64_t)(seconds * 1e9);
}

/* A few at a time, so that no server's backlog overflows. */
static void open_more(void) {
  while (load.begun < load.peer_count && load.begun - load.ready < OPENING) {
    peer_open(&load, &load.peers[load.begun]);
  }
}

/* One turn: waits for events, at most until then, and handles them. */
static void turn(uint64_t until) {
  struct epoll_event events[EVENTS];
  load.now = process_now();
  if (load.work->turn && load.is_running) {
    uint64_t next = load.work->turn(&load, load.now);
    if (next < until) until = next;
  }
  if (load.options.bystander && load.is_running) {
    uint64_t next = bystander_turn(&load, load.now);
    if (next < until) until = next;
  }
  uint64_t wait = until > load.now ? until - load.now : 0;
  struct timespec time = {(time_t)(wait / SECOND), (long)(wait % SECOND)};
  int count = epoll_pwait2(load.epoll, events, EVENTS, &time, NULL);
  if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
  for (int i = 0; i < count; i++) {
    load.now = process_now();
    peer_handle(&load, events[i].data.ptr, events[i].events);
  }
}

static void check_patience(void) {
  uint64_t now = process_now();
  uint64_t patience = nanoseconds(load.options.patience);
  if (now > load.progress + patience) {
    fail("the server was silent for %g s (%u of %u connections ready)",
         load.options.patience, load.ready, load.peer_count);
  }
}

static bool is_enough(void) {
  return !load.work->is_enough || load.work->is_enough(&load);
}

static void run_for(double seconds, bool must_be_enough) {
  uint64_t end = process_now() + nanoseconds(seconds);
  while (process_now() < end || (must_be_enough && !is_enough())) {
    uint64_t soon = process_now() + SECOND / 10;
    turn(soon < end || must_be_enough ? soon : end);
    if (load.options.work != WORK_IDLE) check_patience();
  }
}

/* All are ready; or, of connections that come and go, all have begun. */
static bool is_complete(void) {
  unsigned there = load.options.work == WORK_CONNECT ? load.begun : load.ready;
  return there >= load.peer_count &&
         (!load.work->is_settled || load.work->is_settled());
}

static void open_all(void) {
  load.progress = process_now();
  while (!is_complete()) {
    open_more();
    turn(process_now() + SECOND / 10);
    check_patience();
  }
  load.progress = load.now = process_now();
  load.is_running = true;
  if (load.work->start) load.work->start(&load, load.now);
}

static double share(uint64_t part, uint64_t whole) {
  return whole ? (double)part / (double)whole : 0;
}

static void report(const struct reading *before, const struct reading *after,
                   uint64_t memory_before) {
  const struct histogram *latency = &load.latency;
  uint64_t time = after->time - before->time;
  uint64_t server = after->server_cpu - before->server_cpu;
  uint64_t own = after->own_cpu - before->own_cpu;
  if (load.parts.count > 0) {
    time = load.parts.time;
    server = load.parts.server_cpu;
    own = load.parts.own_cpu;
  }
  struct bytes head = {0};
  head_write(&load, 0, &head);
  printf("{\"done\":%llu,\"seconds\":%.6f,\"per_second\":%.1f,",
         (unsigned long long)load.done, (double)time / 1e9,
         (double)load.done * 1e9 / (double)time);
  printf("\"server_cpu\":%.4f,\"server_us\":%.4f,\"server_share\":%.4f,"
         "\"load_share\":%.4f,",
         (double)server / 1e6, share(server, load.done),
         share(server * 1000, time), share(own * 1000, time));
  printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,",
         (double)histogram_at(latency, 0.5) / 1e3,
         (double)histogram_at(latency, 0.99) / 1e3,
         (double)histogram_at(latency, 0.999) / 1e3,
         (double)latency->max / 1e3);
  if (load.options.bystander) {
    printf("\"bystander_p99_us\":%.1f,\"bystander_max_us\":%.1f,",
           (double)histogram_at(&load.bystander, 0.99) / 1e3,
           (double)load.bystander.max / 1e3);
  }
  printf("\"memory_before\":%llu,\"memory_after\":%llu,\"connections\":%u,"
         "\"head_bytes\":%zu,\"bytes_in\":%llu,\"bytes_out\":%llu,"
         "\"inflated\":%llu}\n",
         (unsigned long long)memory_before, (unsigned long long)memory(),
         load.peer_count, head.size, (unsigned long long)load.bytes_in,
         (unsigned long long)load.bytes_out, (unsigned long long)load.inflated);
  bytes_free(&head);
}

static void begin_counting(void) {
  memset(&load.latency, 0, sizeof load.latency);
  memset(&load.bystander, 0, sizeof load.bystander);
  load.parts = (struct parts){0};
  load.counting_since = process_now();
  if (load.options.work != WORK_RECOVER) {
    load.timed_since = load.counting_since;
    load.timed_until = UINT64_MAX;
  }
  load.done = load.inflated = load.bytes_in = load.bytes_out = 0;
}

/* Every connection is a descriptor; some are the program's own. */
static void raise_descriptors(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < load.peer_count + 16) {
    fail("%u connections need as many descriptors, and the limit is %llu",
         load.peer_count, (unsigned long long)limit.rlim_cur);
  }
}

static void prepare(void) {
  static const struct work *const works[] = {
      [WORK_ASK] = &work_ask,         [WORK_OPEN] = &work_open,
      [WORK_TELL] = &work_tell,       [WORK_CONNECT] = &work_connect,
      [WORK_IDLE] = &work_idle,       [WORK_SAY] = &work_say,
      [WORK_JOIN] = &work_join,       [WORK_STORM] = &work_storm,
      [WORK_RECOVER] = &work_recover,
  };
  load.work = works[load.options.work];
  load.peer_count = load.options.connections + load.options.idle +
                    (load.options.bystander ? 1 : 0);
  raise_descriptors();
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1);
  load.peers = calloc(load.peer_count, sizeof *load.peers);
  if (!load.peers) fail("out of memory: %u connections", load.peer_count);
  for (unsigned i = 0; i < load.peer_count; i++) {
    load.peers[i].stream.fd = -1;
    load.peers[i].is_silent = i >= load.options.connections;
  }
  if (load.options.bystander) {
    load.peers[load.peer_count - 1].is_silent = false;
    load.peers[load.peer_count - 1].is_bystander = true;
  }
  load.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (load.options.tls) load.tls = stream_tls_new();
  speak_open(&load.speak, &load.options);
  if (load.options.work >= WORK_SAY) room_open(&load);
}

static void finish(void) {
  for (unsigned i = 0; i < load.peer_count; i++)
    peer_free(&load.peers[i]);
  free(load.peers);
  speak_close(&load.speak);
  room_close();
  SSL_CTX_free(load.tls);
}

int main(int count, char **arguments) {
  load.options = options_parse(count, arguments);
  prepare();
  uint64_t memory_before = memory();
  open_all();
  run_for(load.options.warmup, false);
  begin_counting();
  struct reading before = look();
  run_for(load.options.seconds, true);
  struct reading after = look();
  if (load.done == 0 && load.options.work != WORK_IDLE) {
    fail("nothing was answered in %g s", load.options.seconds);
  }
  report(&before, &after, memory_before);
  finish();
  return EXIT_SUCCESS;
}
