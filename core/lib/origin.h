#ifndef BASE_LIB_ORIGIN_H
#define BASE_LIB_ORIGIN_H

/*
** Origins of pages (RFC 6454) and hosts, as browsers send them and as settings
** list them. A listed host may be a pattern: "*.example.com" matches every
** name that ends with ".example.com" and has something before that.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>

enum origin_kind {
  ORIGIN_INVALID,
  ORIGIN_ANY,  /* "*", in a list */
  ORIGIN_NULL, /* "null": the browser hides the origin */
  ORIGIN_PAGE  /* "https://shop.example", "app://-" */
};

/* Its texts are views of the text that was scanned. */
struct origin {
  enum origin_kind kind;
  struct text scheme;
  struct text authority; /* all that follows "://" */
  bool has_host;         /* the authority is a host, perhaps with a port */
  struct text host;      /* "shop.example", "[::1]" */
  struct text port;      /* digits; empty: the scheme's default */
};

/* Scans an origin from a browser or from a list, only as far as comparing
   needs. */
struct origin origin_scan(struct text text);

/* Whether it is valid in a list. *why is a specific reason if there is one,
   else NULL. */
bool origin_is_valid(struct text text, const char **why);

/* The same, but patterns and "*" are not valid. */
bool origin_is_plain(struct text text);

/* Whether the page's origin matches an origin of a list. */
bool origin_matches(const struct origin *page, const struct origin *listed);

/* Whether an origin of a list is a web origin of this host; false for "*". */
bool origin_names(const struct origin *listed, struct text host);

/* Writes a valid origin as browsers do: in lower case, and without the scheme's
   default port. Returns its size, at most text.size. */
size_t origin_normalize(struct text text, char *normal);

/* Splits "shop.example:8080" or "[::1]:8080" into host and port. False when it
   is neither. */
bool host_cut_port(struct text authority, struct text *host, struct text *port);

/* Whether a host matches a pattern; case does not matter. */
bool host_matches(struct text host, struct text pattern);

/* As origin_is_valid, for hosts: names, patterns of names, "192.0.2.1" and
   "[::1]". */
bool host_is_valid(struct text host, const char **why);
bool host_is_plain(struct text host);

/* The origins that a setting lists, scanned once. Born zero. */
struct origins {
  struct origin *items;
  char **texts; /* owned: `items` are views of them */
  size_t count;
};

/* Adds a copy. False when memory ran out. */
bool origins_add(struct origins *origins, const char *text);
void origins_close(struct origins *origins);

#endif
