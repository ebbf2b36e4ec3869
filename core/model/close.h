#ifndef BASE_MODEL_CLOSE_H
#define BASE_MODEL_CLOSE_H

/*
** How a client is told that its connection ends: the close codes, the Close
** frame, and the message `reconnect` before it.
*/
#include <stdbool.h>
#include <stdint.h>

struct message;

/* The close codes that Base itself sends (docs/reference/wire.md). */
enum close_code {
  CLOSE_DONE = 1000,
  CLOSE_SHUTDOWN = 1001,
  CLOSE_PROTOCOL = 1002,
  CLOSE_NO_BINARY = 1003,
  CLOSE_NONE_GIVEN = 1005, /* never sent: the peer's Close had no code */
  CLOSE_ABNORMAL = 1006,   /* never sent: the socket ended without a Close */
  CLOSE_BAD_TEXT = 1007,
  CLOSE_TOO_BIG = 1009,
  CLOSE_FAILED = 1011,
  CLOSE_RESTART = 1012,
  CLOSE_TRY_LATER = 1013,
  CLOSE_NOT_AUTHENTICATED = 4001,
  CLOSE_SENT_AWAY = 4003,
  CLOSE_SLOW_READER = 4008,
  CLOSE_TOO_MANY = 4009,
  CLOSE_LATE = 4010,
  CLOSE_RATE = 4029
};

enum { CLOSE_REASON_MAX = 123 }; /* bytes, RFC 6455 section 5.5 */

/* Whether a peer may close with this code: codes of the IANA registry that are
   not reserved, libraries' codes (3000) and applications' codes (4000). */
bool close_code_is_valid(int64_t code);

/* Whether a script may close with it: 1000, 3000 to 3999 or 4100 to 4999. */
bool close_code_is_for_scripts(int64_t code);

/* A Close frame; CLOSE_NONE_GIVEN makes one without a code. The reason may be
   NULL. It is cut to CLOSE_REASON_MAX bytes, between characters. NULL when
   memory ran out. */
struct message *close_message(int code, const char *reason);

/* The message `reconnect`, which tells a client when to come back. NULL when
   memory ran out. */
struct message *close_reconnect_message(unsigned milliseconds);

#endif
