#ifndef BASE_LOAD_ROOM_H
#define BASE_LOAD_ROOM_H

/*
** What is said to channels and by them, in the protocol of the server that is
** asked. A channel's name ends with six digits; connections are shared out
** among the channels in turn.
**
** Where the channel keeps messages, each has something behind it by which a
** client recovers: with Base its position, with socket.io an offset.
*/
#include "load_template.h"

#include <stdbool.h>
#include <stdint.h>

struct load;
struct peer;

enum { ROOM_TAIL = 48 };

/* What stands behind a message that was said. */
struct tail {
  char bytes[ROOM_TAIL];
  size_t size;
};

void room_open(struct load *load);
void room_close(void);

unsigned room_of(const struct load *load, const struct peer *peer);

/* Adds `$join`, `$leave`, or a message with this number. */
void room_join(struct load *load, struct peer *peer);
void room_leave(struct load *load, struct peer *peer);
void room_say(struct load *load, struct peer *peer, unsigned number);
/* Joins to get what was missed after a position. Base's only. */
void room_rejoin(struct load *load, struct peer *peer, const char *epoch,
                 uint64_t since);

/* Each ends the program over what is not right. */
void room_take_joined(struct load *load, struct peer *peer, const char *text,
                      size_t size);
void room_take_left(struct load *load, struct peer *peer, const char *text,
                    size_t size);
void room_take_sent(struct load *load, struct peer *peer, const char *text,
                    size_t size, unsigned number);

/* The tail of the message with this number, as far as it is known. */
struct tail room_tail(const struct load *load, unsigned number);

/* Whether this is what was said with this number. */
bool room_is_said(const struct load *load, const struct peer *peer,
                  const char *text, size_t size, unsigned number,
                  const struct tail *tail);

/* How long the message with this number is, `["said",…,18]`, where it is in a
   list of those that were missed; 0 where it is not that. Base's only. */
size_t room_missed(const char *text, size_t size, unsigned number);

/* Whether it tells who came and went. */
bool room_is_news(const struct load *load, const char *text, size_t size);

#endif
