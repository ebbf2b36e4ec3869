#ifndef BASE_HTTP_TRANSFER_H
#define BASE_HTTP_TRANSFER_H

/*
** One request and what has come of its answer: a handle of libcurl, what it is
** told, and the word for each way in which it fails.
*/
#include "io/gunzip.h"
#include "io/http_client.h"
#include "lib/buffer.h"
#include "lib/list.h"

#include <curl/curl.h>
#include <stddef.h>

struct http_transfer {
  uint64_t ticket;
  CURL *curl;
  CURLU *url;
  struct curl_slist *headers;
  struct buffer head;
  struct buffer body;
  struct gunzip gunzip;
  size_t head_seen; /* bytes of all heads: of redirects, of 1xx, of trailers */
  uint64_t max_body;
  bool has_head;            /* the head is whole: what follows are trailers */
  bool is_packed;           /* the body comes as gzip */
  bool is_too_large;        /* more came than is taken */
  bool is_running;          /* else in the queue */
  bool is_again;            /* it is tried for the second time */
  uint64_t connect_timeout; /* milliseconds */
  enum http_party party;
  void (*on_done)(void *context, const struct http_result *result);
  void *context;
  struct list_link queue;
};

/* NULL, and *word is "url" or "memory". */
struct http_transfer *http_transfer_new(const struct http_request *request,
                                        const char **word);
void http_transfer_free(struct http_transfer *transfer);

/* What became of it, as views of its own bytes. */
struct http_result http_transfer_result(const struct http_transfer *transfer,
                                        CURLcode code);

/* The transfer that a handle belongs to. */
struct http_transfer *http_transfer_of(CURL *curl);

/* libcurl looks at the clock before it reads: once a script has held the loop
   up, a connection that was made meanwhile is taken for one that took too long.
   Whether that may be so, as nobody noticed in time, and nothing was asked
   yet. */
bool http_transfer_was_held_up(const struct http_transfer *transfer,
                               CURLcode code);

/* Whether its host's name was found, or need not be looked for. */
bool http_transfer_has_address(const struct http_transfer *transfer);

#endif
