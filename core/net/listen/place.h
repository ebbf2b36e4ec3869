#ifndef BASE_NET_LISTEN_PLACE_H
#define BASE_NET_LISTEN_PLACE_H

/*
** A place to listen on, as base.lua has it ("proxy unix:/run/base.sock"). Only
** this reads its text.
*/
#include <stdbool.h>

enum place_kind {
  PLACE_ADDRESS,     /* "address:port", "[address]:port", ":port" */
  PLACE_UNIX,        /* "unix:path" */
  PLACE_SYSTEMD,     /* "systemd": all from systemd that no other place names */
  PLACE_SYSTEMD_NAME /* "systemd:name" */
};

struct place {
  enum place_kind kind;
  bool is_proxy;     /* "proxy ": every connection begins with a PROXY header */
  const char *where; /* the text without "proxy " */
  const char *path;  /* for PLACE_UNIX, else NULL */
};

/* The result points into the text. */
struct place place_of(const char *text);

/* Whether systemd opens it. */
bool place_is_given(const struct place *place);

/* Whether only programs on this machine reach it. Never true with a proxy,
   which brings clients from elsewhere. */
bool place_is_local(const struct place *place);

#endif
