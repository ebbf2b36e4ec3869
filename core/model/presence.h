#ifndef BASE_MODEL_PRESENCE_H
#define BASE_MODEL_PRESENCE_H

/*
** Who is in a channel whose rule has `presence`. The unit is the user, not the
** connection: three tabs are one member, and who loses its connections has
** neither left nor come if it is back within `offline_after`.
**
** Members come and go as the bus says, wherever their connections are. What has
** changed is sent at the end of the turn as one message to all who are in the
** channel; in a channel with many members only their number, once a second.
*/
#include "lib/list.h"
#include "lib/map.h"
#include "lib/text.h"
#include "lib/timers.h"

#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct channel;
struct absence;

struct member {
  struct channel *channel;
  struct list_link of_channel;
  struct list_link changed;
  struct absence *absence; /* its last connection here was lost: it may come
                              back; or NULL */
  char *info;              /* JSON, or NULL: none */
  uint32_t info_size;
  uint32_t connections; /* of this process */
  uint64_t said;        /* the hash of the info that the bus was told last */
  bool is_here;         /* as the bus says, in any process */
  bool is_told;         /* the members know that it is here */
  bool is_shown;        /* somebody knows it, perhaps with another info */
  uint8_t id_size;
  char id[];
};

struct presence {
  struct channel *channel;
  struct list members; /* by `of_channel`; all who are here, and those who went
                          in this turn */
  struct map by_id;
  struct list changed;
  uint32_t here;      /* members that are here */
  uint32_t elsewhere; /* guests of other processes */
  uint32_t waiting;   /* absences */
  uint32_t leaving;   /* members that went in this turn, which the members have
                         yet to be told */
  uint64_t informed;  /* the connection that was shown it last in this turn; 0
                         when something has changed since */
  uint32_t shown;     /* the count that it was shown */
  uint32_t told;      /* the last count that was sent */
  size_t bytes;       /* of the ids and infos of the members that are here */
  bool has_shown;     /* somebody who has joined knows another count */
  bool is_listed;     /* members are told by name */
  bool has_changed;   /* whether it is listed has changed since the last
                         message */
  struct timer pause; /* between two counts */
};

/* Begins with those who are in the channel already. False when memory ran
   out. */
bool presence_start(struct channel *channel);

/* May be called when there is none. */
void presence_stop(struct channel *channel);

/* A connection of the user has joined here; one that is not new has joined
   again, perhaps with another info. False when memory ran out. And one has
   left; if it was the last one and is lost, it begins the absence. */
bool presence_join(struct presence *presence, struct text id, struct text info,
                   bool is_new);
/* The same of a guest that has become this user, who keeps its info. */
bool presence_log_in(struct presence *presence, struct text id);
void presence_leave(struct presence *presence, struct text id, bool is_lost);

/* The bus: a user is in the channel somewhere, or has another info; is nowhere
   any more; so many guests are in other processes. */
void presence_came(struct channel *channel, struct text id, struct text info);
void presence_went(struct channel *channel, struct text id);
void presence_guests(struct channel *channel, uint32_t elsewhere);

/* How many are there: members, and guests of all processes. */
uint32_t presence_count(const struct presence *presence);

/* Prints `"members":{…},"count":3`, or what of it is told, for a connection
   that joins. */
void presence_show(struct presence *presence, uint64_t connection,
                   struct buffer *buffer);

/* Sends what has changed, to be called by channels_flush. */
void presence_flush(struct presence *presence);

/* Whether the user is in the channel with a connection of this process, or may
   come back to it. */
bool presence_has(const struct channel *channel, struct text id);

/* A member may have missed something: all are told everything anew. */
void presence_renew(struct presence *presence);

/* Whether somebody who was lost may still come back. */
bool presence_is_waiting(const struct presence *presence);

#endif
