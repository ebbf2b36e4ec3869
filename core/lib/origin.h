#ifndef BASE_LIB_ORIGIN_H
#define BASE_LIB_ORIGIN_H

/*
** Where pages come from: origins (RFC 6454) and hosts, as browsers write them
** and as settings list them. A listed host may be a pattern: "*.example.com" is
** every name that ends with ".example.com", and has something before that.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>

enum origin_kind {
  ORIGIN_INVALID,
  ORIGIN_ANY,  /* "*", in a list */
  ORIGIN_NULL, /* "null": the browser does not say */
  ORIGIN_PAGE  /* "https://shop.example", "app://-" */
};

/* Views of the text that was scanned. */
struct origin {
  enum origin_kind kind;
  struct text scheme;
  struct text authority; /* what is behind "://", all of it */
  bool has_host;         /* it is a host and perhaps a port: */
  struct text host;      /* "shop.example", "[::1]" */
  struct text port;      /* digits; empty: the scheme's own */
};

/* What a browser or a list says, read as far as it takes to compare the two. */
struct origin origin_scan(struct text text);

/* Whether a list takes it. *why is the reason where there is a particular one,
   else NULL. */
bool origin_is_valid(struct text text, const char **why);

/* The same without patterns, of which "*" is one. */
bool origin_is_plain(struct text text);

/* Whether a page of this origin is one of those that the listed one names. */
bool origin_matches(const struct origin *page, const struct origin *listed);

/* Whether a web origin of a list names this host; "*" names none. */
bool origin_names(const struct origin *listed, struct text host);

/* Writes a valid origin as browsers do: in lower case, and without a port that
   goes without saying. Returns its size, at most text.size. */
size_t origin_normalize(struct text text, char *normal);

/* Cuts "shop.example:8080" or "[::1]:8080" in two. False for what is neither
   host nor port. */
bool host_cut_port(struct text authority, struct text *host, struct text *port);

/* Whether a host is that of a pattern, in whatever case. */
bool host_matches(struct text host, struct text pattern);

/* The same two for hosts: names, patterns of them, "192.0.2.1" and "[::1]". */
bool host_is_valid(struct text host, const char **why);
bool host_is_plain(struct text host);

/* What a setting lists, scanned once. Born zero. */
struct origins {
  struct origin *items;
  char **texts; /* of which the items are views */
  size_t count;
};

/* Adds a copy. False when memory ran out. */
bool origins_add(struct origins *origins, const char *text);
void origins_close(struct origins *origins);

#endif
