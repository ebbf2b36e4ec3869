#ifndef BASE_BUS_BUS_H
#define BASE_BUS_BUS_H

/*
** What channels do beyond this process. Nobody above knows which bus it is:
** `memory` is that of a single process.
**
** Two directions. Up: a bus is told by the events of `struct channels` who
** comes and goes here, and says who is in a channel anywhere with presence_came
** and its neighbours, and gives messages with channel_deliver, in the order of
** their positions. Down: the calls of this header.
**
** Every call is answered exactly once. The answer may come before the function
** returns, or later, from the loop, when no script runs. It may be a failure:
** then `word` says why. So whoever calls must be able to wait.
**
** When a read is answered, all messages up to the answer's position have been
** delivered to the channels of this process that were subscribed, and the bus
** has said who is in the channel.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus;
struct message;
struct registry;

/* One message of a history; a view of `"said","hi"`. */
struct bus_kept {
  uint64_t position;
  struct text message;
};

/* One user in a channel. */
struct bus_member {
  struct text id;
  struct text info; /* JSON, or empty */
};

/* All that it points to is valid during the call only. */
struct bus_answer {
  const char *word;  /* NULL: done. Else why not: "cluster", "closed",
                        "memory" */
  uint64_t epoch;    /* of the history; 0: the channel has none */
  uint64_t position; /* of the message that was published, or of the last */
  bool is_recovered; /* of a recovery: `kept` is all that was missed */
  const struct bus_kept *kept; /* in the order of their positions */
  size_t kept_count;
  const struct bus_member *members;
  size_t member_count;
  uint32_t users; /* of bus_ask_who, as the rest of it */
  uint32_t connections;
};

/* A copy in one block, to be freed with `free`. NULL when memory ran out. */
struct bus_answer *bus_answer_copy(const struct bus_answer *answer);

/* Embedded in the struct of whoever calls; lives until it is answered. */
struct bus_call {
  void (*on_answer)(struct bus_call *call, const struct bus_answer *answer);
};

struct bus_publish {
  struct text channel;
  struct text message; /* `"said","hi"` */
  bool is_kept;        /* if the channel's rule has a history */
  uint64_t except;     /* the id of a connection that does not get it, or 0 */
};

struct bus_read {
  struct text channel;
  uint64_t after;   /* 0: no bound */
  uint64_t before;  /* 0: no bound */
  uint32_t limit;   /* of the number of messages; 0: no limit */
  size_t bytes;     /* of their sum; 0: no limit */
  bool from_start;  /* the first messages of the range, else the last ones */
  bool is_recovery; /* all after `after`, if the epoch is still `epoch` and
                       nothing in between is lost; else none, and
                       `is_recovered` is false */
  uint64_t epoch;
};

/* A kind of bus. The functions of this header call these. */
struct bus_kind {
  void (*publish)(struct bus *bus, struct bus_call *call,
                  const struct bus_publish *publish);
  void (*read)(struct bus *bus, struct bus_call *call,
               const struct bus_read *read);
  void (*ask_who)(struct bus *bus, struct bus_call *call, struct text channel);
  void (*clear)(struct bus *bus, struct bus_call *call, struct text channel);
  /* Answers all that waits with "closed", and frees the bus. */
  void (*close)(struct bus *bus);
};

/* The head of each kind's own struct. */
struct bus {
  const struct bus_kind *kind;
  struct registry *registry;
};

/* Where there is no bus any more (NULL), the calls below are answered with
   "closed". */

/* Sends a message to all who are in the channel. */
void bus_publish(struct bus *bus, struct bus_call *call,
                 const struct bus_publish *publish);

/* Reads messages of the channel's history. */
void bus_read(struct bus *bus, struct bus_call *call,
              const struct bus_read *read);

/* Asks who is in the channel, in all processes. */
void bus_ask_who(struct bus *bus, struct bus_call *call, struct text channel);

/* Drops the channel's history. The positions go on. */
void bus_clear(struct bus *bus, struct bus_call *call, struct text channel);

/* The bus may be NULL. */
void bus_close(struct bus *bus);

#endif
