#ifndef BASE_SERVER_HANDOVER_USERS_H
#define BASE_SERVER_HANDOVER_USERS_H

/*
** Users on their way to the process that takes the place of this one: id,
** fields, the channels that all of their connections are in, and how long they
** are online yet. A user goes over with the others, and once more when its last
** connection has left the old process.
*/
#include <stdbool.h>

struct buffer;
struct link_frame;
struct registry;
struct scripts;
struct user;

/* Writes a LINK_USER frame. */
void user_write(struct scripts *scripts, struct user *user, struct buffer *out);

/* Reads one. False if it is wrong. A user who has come here already keeps its
   fields. */
bool user_take(struct scripts *scripts, struct registry *registry,
               struct link_frame *frame);

/* The old process has ended: its users come back within `offline_after`. */
void users_come(struct registry *registry);

#endif
