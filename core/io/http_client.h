#ifndef BASE_HTTP_CLIENT_H
#define BASE_HTTP_CLIENT_H

/*
** HTTP requests that go out: so many at once (config.http_client), the others
** in a queue that has an end as well. Strangers and those who are in are two
** parties: neither takes the place of the other. Knows nothing else of who
** asks, nor of the time that a whole request may take: who waits no longer
** cancels.
**
** Every request that was started is either done, once, or cancelled. Its ticket
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
  struct text body; /* unpacked */
};

/* On whose behalf it is asked. */
enum http_party {
  HTTP_STRANGERS, /* nobody knows yet who they are: no more than three quarters
                     of the connections, and of the queue */
  HTTP_MEMBERS,   /* all others: no more than seven eighths */
  HTTP_PARTIES
};

/* What is asked; all of it is copied. Strings that may be NULL say so. */
struct http_request {
  const char *method; /* "GET" */
  const char *url;
  const char *const *headers; /* "Name: value", or "Name;" without a value; the
                                 last is NULL */
  struct text body;           /* .bytes is NULL: none */
  const char *authorities;    /* path of a PEM file, or NULL: the system's */
  const char *unix_path;      /* of a socket that is spoken to, or NULL */
  bool trusts_anybody;        /* certificates are not looked at */
  uint64_t connect_timeout;   /* milliseconds */
  uint32_t redirects;         /* that are followed */
  uint64_t max_body;          /* bytes, unpacked */
  enum http_party party;
  /* Called from the loop, never from inside http_client_start. The result is
     good for the call, which may start and cancel requests. */
  void (*on_done)(void *context, const struct http_result *result);
  void *context;
};

/* `config` is read at each use. NULL (and a log line) when a library fails. */
struct http_client *http_client_new(uv_loop_t *loop,
                                    const struct config *config);

/* Cancels everything. The loop has to run a little longer for the handles to
   close. NULL is fine. */
void http_client_free(struct http_client *client);

/* Starts a request, now or when those before it have ended. Returns its ticket;
   or 0, and *word is "busy", "url" (it is none) or "memory". */
uint64_t http_client_start(struct http_client *client,
                           const struct http_request *request,
                           const char **word);

/* A member waits for it as well: if it is the strangers', it becomes the
   members'. Harmless when it is done. */
void http_client_admit(struct http_client *client, uint64_t ticket);

/* Ends a request where it is; its on_done will not be called. Harmless when it
   is done. */
void http_client_cancel(struct http_client *client, uint64_t ticket);

/* The config has changed: begins what it allows now. */
void http_client_reconfigured(struct http_client *client);

#endif
