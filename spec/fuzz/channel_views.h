#ifndef BASE_FUZZ_CHANNEL_VIEWS_H
#define BASE_FUZZ_CHANNEL_VIEWS_H

/*
** What one client knows of who is in a channel: from `$joined`, and then from
** each `$members`. Users are "a" to "z"; their infos {} or {"n":3}.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct message;
struct presence;

struct view {
  bool is_on;
  bool is_listed;
  uint32_t count;
  char members[26]; /* 0: not there; else '{' or the digit of its info */
};

/* What a connection that joins is told; the presence may be NULL. */
struct message *view_joined(struct presence *presence, uint64_t connection,
                            const char *name);

/* Whether the message is a `$joined` or `$members`, and of which of the
   channels. */
bool view_scan_name(struct text message, const char *const *names, int count,
                    int *name);

/* Takes such a message. */
void view_take(struct view *view, struct text message);

/* After a turn the view is what is true, unless a count waits. */
void view_check(const struct view *view, const struct presence *presence);

#endif
