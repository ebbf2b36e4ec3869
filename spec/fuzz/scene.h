#ifndef BASE_FUZZ_SCENE_H
#define BASE_FUZZ_SCENE_H

/*
** One peer and all of net behind it, without a network: the socket is a stuck
** one, of which nothing reaches libwebsockets.
*/
#include <stdbool.h>
#include <stddef.h>

struct scene_options {
  bool begins_with_http; /* else the WebSocket is open already */
  bool deflates;         /* that was agreed on; over HTTP it may be */
  bool is_tight;         /* all limits are small */
  bool has_origins;
  bool has_short_turns; /* each frame has one of its own */
};

/* Tells the bytes to new sockets: at once, byte by byte, and in pieces that
   `seed` chooses. All has to come to the same. (Over HTTP with tight limits it
   may not: which of them is met first depends on the cuts.) */
void scene_check(const struct scene_options *options, const char *bytes,
                 size_t size, unsigned seed);

#endif
