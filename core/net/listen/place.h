#ifndef BASE_NET_LISTEN_PLACE_H
#define BASE_NET_LISTEN_PLACE_H

/*
** A place to listen on, as base.lua says it ("proxy unix:/run/base.sock"), read
** once: nobody else looks at its text.
*/
#include <stdbool.h>

enum place_kind {
  PLACE_ADDRESS, /* "address:port", "[address]:port", ":port" */
  PLACE_UNIX,    /* "unix:path" */
  PLACE_SYSTEMD, /* "systemd": all that systemd has opened and nobody names */
  PLACE_SYSTEMD_NAME /* "systemd:name" */
};

struct place {
  enum place_kind kind;
  bool is_proxy;     /* "proxy ": every connection begins with its header */
  const char *where; /* the text without that */
  const char *path;  /* of PLACE_UNIX, else NULL */
};

/* Points into the text. */
struct place place_of(const char *text);

/* Whether systemd opens it. */
bool place_is_given(const struct place *place);

/* Whether only programs of this machine connect to it; a proxy brings others.
 */
bool place_is_local(const struct place *place);

#endif
