#ifndef BASE_SERVER_HANDOVER_TAKING_H
#define BASE_SERVER_HANDOVER_TAKING_H

/*
** What this process takes from the one whose place it takes (giving.h). While
** it starts it waits for that; afterwards the loop reads what the old process
** still has to say, until that ends: its channels are those of this process
** (bus/hub.h).
*/
#include "bus/histories.h"

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct line;
struct registry;
struct scripts;
typedef struct uv_loop_s uv_loop_t;

struct taking {
  struct registry *registry;
  struct scripts *scripts;
  struct bus *hub;   /* NULL: there is no old process */
  struct line *line; /* private, like all below; NULL: there is none */
  bool has_state;
  bool is_done;
  uint64_t users;
  struct histories_reader histories;
};

/* Takes the socket to the old process; -1: there is none. */
void taking_begin(struct taking *taking, int descriptor);

/* Asks for base.state, before the scripts load. */
void taking_ask_state(struct taking *taking);

/* Asks for all the rest: this process is ready, and accepts nobody yet. From
   here on the loop reads what comes. */
void taking_take(struct taking *taking, uv_loop_t *loop);

/* Writes what waits. To be called at the end of each turn. */
void taking_flush(struct taking *taking);

/* The old process is heard no more: its users have time to come here. */
void taking_end(struct taking *taking);

/* This process is replaced itself: an old one that is still there is cut off,
   and its users are gone until they come. */
void taking_forget(struct taking *taking);

/* The end of this process. */
void taking_stop(struct taking *taking);

#endif
