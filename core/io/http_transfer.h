#ifndef BASE_HTTP_TRANSFER_H
#define BASE_HTTP_TRANSFER_H

/*
** One request and the part of its answer that has come: a handle of libcurl,
** its options, and the word for each way in which it can fail.
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
  size_t head_seen; /* bytes of all heads, with redirects, 1xx and trailers */
  uint64_t max_body;
  bool has_head;     /* the head is complete: what follows are trailers */
  bool is_packed;    /* the body comes as gzip */
  bool is_too_large; /* more bytes came than are allowed */
  bool is_running;   /* otherwise it is in the queue */
  bool is_again;     /* it is tried for the second time */
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

/* The result, as views of the transfer's own bytes. */
struct http_result http_transfer_result(const struct http_transfer *transfer,
                                        CURLcode code);

/* The transfer that a handle belongs to. */
struct http_transfer *http_transfer_of(CURL *curl);

/* libcurl looks at the clock before it reads. When a script has held the loop
   up, a connection that was made meanwhile is taken for one that took too long.
   Returns whether that may have happened: the timeout was noticed late, and
   nothing was sent yet. */
bool http_transfer_was_held_up(const struct http_transfer *transfer,
                               CURLcode code);

/* Whether its host's name was looked up, or needs no lookup. */
bool http_transfer_has_address(const struct http_transfer *transfer);

#endif
