#ifndef BASE_MODEL_CHANNEL_H
#define BASE_MODEL_CHANNEL_H

/*
** A channel: a name that messages are sent to. Whoever has joined gets them.
**
** A struct channel exists while somebody of this process is in it, or while it
** has a history. channel_open makes it; nobody frees it: channels_flush, which
** runs at the end of each turn, frees the channels that are not needed any
** more. So a pointer is valid until the turn ends.
**
** What concerns other processes is told to the bus by the events below, and
** comes from the bus by channel_deliver and by the functions of presence.h. The
** model does not know whether there are others.
*/
#include "lib/list.h"
#include "lib/map.h"
#include "lib/text.h"
#include "lib/timers.h"
#include "model/channel_rule.h"
#include "model/history.h"

#include <stdbool.h>
#include <stdint.h>

struct channel;
struct connection;
struct message;
struct presence;
struct registry;
struct vacancy;

/* What the bus is told. */
struct channel_events {
  /* The first connection of this process has come; the last one has gone, and
     `offline_after` has passed if it was lost. */
  void (*subscribed)(void *context, struct channel *channel);
  void (*unsubscribed)(void *context, struct channel *channel);
  /* A user is in the channel with a connection of this process, or has another
     info; none of its connections here is in it any more. */
  void (*came)(void *context, struct channel *channel, struct text id,
               struct text info);
  void (*went)(void *context, struct channel *channel, struct text id);
  /* channel->guests has changed. */
  void (*guests)(void *context, struct channel *channel);
};

/* All channels of the process, in the registry. */
struct channels {
  struct map by_name;
  struct list changed; /* by `changed`: for channels_flush */
  struct timer rest;   /* wakes the loop for what has changed in a flush */
  struct map joinings; /* joins that wait for the bus: membership.h */
  struct histories histories;
  uint64_t seats;  /* connections in channels, each as often as it is in one */
  uint64_t joined; /* how often a connection has come into a channel */
  const struct channel_events *events;
  void *bus; /* of the events */
  /* The scripts': the channel is occupied or vacant now, in all processes. */
  void (*on_occupied)(void *context, struct channel *channel, bool is_occupied);
  void *context;
};

/* A connection in a channel, as the channel has it. */
struct seat {
  struct connection *connection;
  uint32_t place;  /* of the membership in the connection's list */
  bool is_joining; /* its join waits for the bus */
};

struct channel {
  struct registry *registry;
  const struct channel_rule *rule; /* or NULL: scripts and the application use
                                      it, clients may not */
  struct seat *seats;              /* in no order */
  struct seat first_seat;          /* private: the place of one of them */
  uint32_t seat_count;
  uint32_t seat_capacity;
  uint32_t guests; /* how many of them have no user */
  bool is_subscribed;
  bool has_hook;           /* the scripts': one of its hooks runs, for which the
                              next one waits */
  bool is_occupied;        /* what on_occupied has been told */
  uint32_t transitions;    /* how often that has changed since */
  struct history *history; /* the bus's, or NULL */
  struct presence *presence; /* or NULL: the rule has none */
  struct vacancy *vacancy;   /* until it counts as left; or NULL */
  uint64_t lost_until; /* until then the users who were lost may come back */
  struct list_link changed;
  uint8_t name_size;
  char name[]; /* with a zero at its end */
};

void channels_open(struct registry *registry);
void channels_close(struct registry *registry);

/* Sends what has changed in this turn: who came and went, and the hooks
   `occupied` and `vacated`. Frees the channels that are not needed any more. To
   be called at the end of each turn, before the outboxes are flushed, when no
   script runs. */
void channels_flush(struct registry *registry);

/* The rules are new: every channel gets its rule again. */
void channels_use_rules(struct registry *registry);

struct channel *channel_find(const struct registry *registry, struct text name);

/* Finds or makes it. The name must be valid. NULL when memory ran out. */
struct channel *channel_open(struct registry *registry, struct text name);

struct text channel_name(const struct channel *channel);

/* Walks all of them: begin with *cursor = 0; NULL ends it. */
struct channel *channels_next(const struct registry *registry, size_t *cursor);

/* Whether somebody of this process is in it, or may come back. */
bool channel_is_used(const struct channel *channel);

/* Somebody is in it again. */
void channel_end_vacancy(struct channel *channel);

/* For channels_flush. */
void channel_mark(struct channel *channel);

/* The scripts: the hook has ended. What has come and gone meanwhile is told no
   more. */
void channel_end_hook(struct channel *channel);

/* The bus: the channel has become occupied or vacant in all processes. */
void channel_note_occupied(struct channel *channel, bool is_occupied);

/* Prints `["said","hi",null,"room:42",21]`, of `"said","hi"`; position 0:
   without one. Neither a message that has a position nor one of Base's own is
   dropped for a slow reader: it is closed. NULL when memory ran out. */
struct message *channel_message(struct text message, struct text name,
                                uint64_t position);

/* The bus: gives a message to all who are in the channel here, except one
   connection (0: to all). Who is still joining gets it behind `$joined`.
   Returns how many took it. */
uint32_t channel_deliver(struct channel *channel, struct message *message,
                         uint64_t position, uint64_t except);

/* Tells them who came and went. Who is still joining is not told: its `$joined`
   will say who is there then. */
void channel_tell(struct channel *channel, struct message *message,
                  uint64_t except);

#endif
