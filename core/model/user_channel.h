#ifndef BASE_MODEL_USER_CHANNEL_H
#define BASE_MODEL_USER_CHANNEL_H

/*
** A channel that a user is in with all of its connections: those that are here,
** and those that come until it leaves or goes offline.
*/
#include "lib/list.h"
#include "lib/text.h"

#include <stdbool.h>
#include <stdint.h>

struct user;

struct user_channel {
  struct list_link link;
  char *info; /* JSON, or NULL */
  uint32_t info_size;
  uint8_t name_size;
  char name[];
};

/* Adds it, or gives it another info. False when memory ran out. */
bool user_channel_set(struct user *user, struct text name, struct text info);

/* Or NULL. */
struct user_channel *user_channel_find(const struct user *user,
                                       struct text name);

/* False if there is none. */
bool user_channel_remove(struct user *user, struct text name);

void user_channels_free(struct user *user);

struct text user_channel_name(const struct user_channel *channel);
struct text user_channel_info(const struct user_channel *channel);

#endif
