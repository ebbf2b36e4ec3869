#ifndef BASE_LOAD_H
#define BASE_LOAD_H

/*
** The state of a run, which all its parts share: the options, the connections,
** and what has been counted. There is one.
*/
#include "load_histogram.h"
#include "load_options.h"
#include "load_peer.h"
#include "load_speak.h"

#include <openssl/types.h>

struct load;

/* What is done with the connections that are ready. Only `text` must be there;
   `now` and times are nanoseconds. */
struct work {
  void (*start)(struct load *load, uint64_t now); /* all are ready */
  void (*ready)(struct load *load, struct peer *peer);
  void (*text)(struct load *load, struct peer *peer, const char *text,
               size_t size);
  void (*closed)(struct load *load, struct peer *peer);
  /* A text before the connection is ready: whether it was for the work. */
  bool (*greeting)(struct load *load, struct peer *peer, const char *text,
                   size_t size);
  bool (*is_settled)(void); /* may begin: all are ready, and have joined */
  /* Whether enough has been measured, when the time is over. */
  bool (*is_enough)(const struct load *load);
  /* Once in each turn. Returns when it wants to be called again, at most. */
  uint64_t (*turn)(struct load *load, uint64_t now);
};

/* Parts of the measured time, where only these count. */
struct parts {
  unsigned count;
  uint64_t time, server_cpu, own_cpu;
};

struct load {
  struct options options;
  const struct work *work;
  struct speak speak;
  struct peer *peers; /* the silent ones behind the others */
  unsigned peer_count, begun, ready;
  SSL_CTX *tls;
  int epoll;
  bool is_running;   /* the work has begun */
  uint64_t now;      /* when this turn's events were taken */
  uint64_t progress; /* when something came last */
  /* Since the measured time began, or since the start until then. */
  uint64_t counting_since;
  uint64_t timed_since, timed_until; /* the bystander's questions of then */
  struct histogram latency, bystander;
  struct parts parts;
  uint64_t done, inflated, bytes_in, bytes_out;
};

/* Counts one that is done, and how long it took. */
static inline void load_count(struct load *load, uint64_t since) {
  uint64_t now = load->now;
  load->done++;
  histogram_record(&load->latency, now > since ? now - since : 0);
}

extern const struct work work_ask, work_open, work_tell, work_connect,
    work_idle, work_say, work_join, work_storm, work_recover;

#endif
