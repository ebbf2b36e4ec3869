#ifndef BASE_HEAD_H
#define BASE_HEAD_H

/*
** The head of one HTTP request: the bytes that came, in one block. Net has
** checked them (RFC 9112): a request line, then fields as `Name: value` on one
** line each, every line ended by CR LF, then an empty line. So reading them
** needs no second parser. They become Lua tables only when a script asks.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head {
  size_t size;
  bool is_secure;    /* came over TLS, to this server or to a trusted proxy */
  bool is_forwarded; /* came through a trusted proxy: its X-Forwarded-Host
                        counts */
  char address[46];  /* of the client: "192.0.2.1", "2001:db8::1", or "unix" */
  uint32_t protocol_at;   /* where the chosen subprotocol begins in `bytes` */
  uint32_t protocol_size; /* its size; 0: none was chosen */
  char bytes[];
};

/* A copy of the bytes, with an empty address; NULL when memory ran out. Freed
   with free(). */
struct head *head_new(const char *bytes, size_t size);

struct text head_method(const struct head *head);
struct text head_target(const struct head *head); /* "/room/7?x=1" */
struct text head_path(const struct head *head);   /* "/room/7", still encoded */
struct text head_query(const struct head *head);  /* "x=1", or empty */

/* The authority in a target in absolute form: "shop.example:80" of
   "http://shop.example:80/". False for a target in any other form. */
bool head_authority(const struct head *head, struct text *authority);

/* The host of the request: the authority of its target, which replaces the
   field Host (RFC 9112 section 3.2.2), or else Host. Empty when there is
   neither. */
struct text head_host(const struct head *head);

/* Walks the fields in their order: begin with *cursor = 0; false ends it. */
bool head_next(const struct head *head, size_t *cursor, struct text *name,
               struct text *value);

/* The same for the fields with this name, whatever its case. At the end, *value
   stays as it is. */
bool head_next_named(const struct head *head, const char *name, size_t *cursor,
                     struct text *value);

/* Finds the value of the first field with this name. */
bool head_find(const struct head *head, const char *name, struct text *value);

/* Finds the value of the last field with this name. */
bool head_find_last(const struct head *head, const char *name,
                    struct text *value);

/* Walks the elements of a comma-separated field over all of its lines: begin
   with *cursor = 0 and an empty *list; false ends it. */
bool head_next_item(const struct head *head, const char *name, size_t *cursor,
                    struct text *list, struct text *item);

/* Whether a comma-separated field (such as Connection) contains the token in
   any of its lines, whatever its case. */
bool head_has_token(const struct head *head, const char *name,
                    const char *token);

/* The chosen subprotocol (model/protocol.h), or empty. */
struct text head_protocol(const struct head *head);

/* How many fields have that name, whatever its case. */
size_t head_count(const struct head *head, const char *name);

/* "GET /path HTTP/1.1" */
struct text head_first_line(const struct head *head);

/* "HTTP/1.1" */
struct text head_version(const struct head *head);

/* Whether it is HTTP/1.0. */
bool head_is_old(const struct head *head);

#endif
