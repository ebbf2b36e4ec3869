#ifndef BASE_CURL_LOOP_H
#define BASE_CURL_LOOP_H

/*
** libcurl's transfers on libuv's loop: its sockets and its one timer. Between
** transfers it keeps connections open for the next ones, and after a time of
** rest it closes them all.
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
  CURLM *multi;                            /* NULL: at rest */
  struct idle_sockets idle;
  uint32_t running;    /* transfers */
  uv_timer_t *timeout; /* libcurl's */
  uv_timer_t *rest;    /* ends the connections that nobody uses */
  /* A transfer has ended; it is taken off already. Comes from the loop alone.
   */
  void (*on_ended)(void *context, CURL *transfer, CURLcode code);
  void *context;
};

/* False when memory ran out. */
bool curl_loop_open(struct curl_loop *curl, uv_loop_t *loop,
                    const struct http_client_limits *limits);

/* No transfer may be left. */
void curl_loop_close(struct curl_loop *curl);

/* Begins a transfer. False when memory ran out. */
bool curl_loop_add(struct curl_loop *curl, CURL *transfer);

/* Takes a transfer off where it is. */
void curl_loop_remove(struct curl_loop *curl, CURL *transfer);

#endif
