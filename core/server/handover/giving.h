#ifndef BASE_SERVER_HANDOVER_GIVING_H
#define BASE_SERVER_HANDOVER_GIVING_H

/*
** What this process gives to the one that takes its place (bus/link.h). It is
** asked twice: for the state of the scripts, before the new process loads its
** own; and, when that is ready and does not accept yet, for all the rest:
** users, and channels with their histories.
*/
#include <stdbool.h>

struct line;
struct registry;
struct scripts;
typedef struct uv_loop_s uv_loop_t;

struct giving {
  uv_loop_t *loop;
  struct registry *registry;
  struct scripts *scripts;
  struct line *line; /* private, like all below; NULL: there is none */
};

/* Takes the socket to a new process that is starting. */
void giving_begin(struct giving *giving, int descriptor);

/* Writes what waits. To be called at the end of each turn. */
void giving_flush(struct giving *giving);

void giving_stop(struct giving *giving);

#endif
