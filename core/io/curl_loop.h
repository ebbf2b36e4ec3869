#ifndef BASE_CURL_LOOP_H
#define BASE_CURL_LOOP_H

/*
** Runs libcurl's transfers on libuv's loop: its sockets and its one timer.
** Between transfers it keeps connections open for the next ones; when no
** transfer has run for a time, it closes them all.
*/
#include "io/idle_sockets.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct http_client_limits;

struct curl_loop {
  uv_loop_t *loop;
  const struct http_client_limits *limits; /* read at each use */
  CURLM *multi;                            /* NULL: no connection is open */
  struct idle_sockets idle;
  uint32_t running;    /* transfers */
  uv_timer_t *timeout; /* the next time that libcurl asked for */
  uv_timer_t *rest;    /* closes all connections when no transfer has run for a
                          time */
  /* A transfer has ended and is removed already. Called only from the loop. */
  void (*on_ended)(void *context, CURL *transfer, CURLcode code);
  void *context;
};

/* False when memory ran out. */
bool curl_loop_open(struct curl_loop *curl, uv_loop_t *loop,
                    const struct http_client_limits *limits);

/* All transfers must have been removed. */
void curl_loop_close(struct curl_loop *curl);

/* Begins a transfer. False when memory ran out. */
bool curl_loop_add(struct curl_loop *curl, CURL *transfer);

/* Removes a transfer, whatever its state. */
void curl_loop_remove(struct curl_loop *curl, CURL *transfer);

#endif
