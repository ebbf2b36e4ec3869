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
  /* Once in each turn. Returns when it wants to be called again, at most. */
  uint64_t (*turn)(struct load *load, uint64_t now);
};

struct load {
  struct options options;
  const struct work *work;
  struct speak speak;
  struct peer *peers; /* the silent ones behind the others */
  unsigned peer_count, begun, ready;
  SSL_CTX *tls;
  int epoll;
  uint64_t now;      /* when this turn's events were taken */
  uint64_t progress; /* when something came last */
  /* Since the measured time began, or since the start until then. */
  struct histogram latency;
  uint64_t done, inflated, bytes_in, bytes_out;
};

/* Counts one that is done, and how long it took. */
static inline void load_count(struct load *load, uint64_t since) {
  uint64_t now = load->now;
  load->done++;
  histogram_record(&load->latency, now > since ? now - since : 0);
}

extern const struct work work_ask, work_open, work_tell, work_connect,
    work_idle;

#endif
