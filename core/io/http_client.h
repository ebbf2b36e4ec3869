#ifndef BASE_HTTP_CLIENT_H
#define BASE_HTTP_CLIENT_H

/*
** Outgoing HTTP requests: up to config.http_client.connections at once; the
** others wait in a queue, which is limited, too. Strangers and members are two
** parties: neither can take all places of the other. This part knows nothing
** else of the caller, nor how long a whole request may take: the caller cancels
** when it stops waiting.
**
** Every started request either calls on_done once or is cancelled. Its ticket
** is never used again.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct config;
struct http_client;
typedef struct uv_loop_s uv_loop_t;

enum { HTTP_HEAD_MAX = 64 * 1024 /* bytes of an answer's head */ };

struct http_result {
  const char *word; /* why there is no answer, or NULL */
  int status;
  struct text head; /* "Name: value\r\n" and so on, without the first line */
  struct text body; /* decompressed */
};

/* On whose behalf a request is made. */
enum http_party {
  HTTP_STRANGERS, /* clients that are not logged in: at most three quarters of
                     the connections and of the queue */
  HTTP_MEMBERS,   /* all others: at most seven eighths */
  HTTP_PARTIES
};

/* A request; all of it is copied. Strings that may be NULL say so. */
struct http_request {
  const char *method; /* "GET" */
  const char *url;
  const char *const *headers; /* "Name: value", or "Name;" without a value; the
                                 last is NULL */
  struct text body;           /* .bytes is NULL: none */
  const char *authorities;    /* path of a PEM file; NULL: the system's
                                 certificates */
  const char *unix_path;      /* of the socket to connect to, or NULL */
  bool trusts_anybody;        /* certificates are not verified */
  uint64_t connect_timeout;   /* milliseconds */
  uint32_t redirects;         /* how many are followed */
  uint64_t max_body;          /* bytes, decompressed */
  enum http_party party;
  /* Called from the loop, never inside http_client_start. The result is valid
     during the call, which may start and cancel requests. */
  void (*on_done)(void *context, const struct http_result *result);
  void *context;
};

/* `config` is read at each use. NULL (and a log line) when a library fails. */
struct http_client *http_client_new(uv_loop_t *loop,
                                    const struct config *config);

/* Cancels all requests. The loop has to run a little longer for the handles to
   close. NULL is fine. */
void http_client_free(struct http_client *client);

/* Starts a request, now or when those before it have ended. Returns its ticket;
   or 0, and *word is "busy", "url" (the URL is not valid) or "memory". */
uint64_t http_client_start(struct http_client *client,
                           const struct http_request *request,
                           const char **word);

/* A member waits for the request as well: a request of the strangers becomes
   one of the members. Harmless when it is done. */
void http_client_admit(struct http_client *client, uint64_t ticket);

/* Ends a request, whatever its state; on_done will not be called. Harmless when
   it is done. */
void http_client_cancel(struct http_client *client, uint64_t ticket);

/* The config has changed: starts the waiting requests that it now allows. */
void http_client_reconfigured(struct http_client *client);

#endif
