#include "model/user_channel.h"

#include "model/user.h"

#include <stdlib.h>
#include <string.h>

struct text user_channel_name(const struct user_channel *channel) {
  return (struct text){channel->name, channel->name_size};
}

struct text user_channel_info(const struct user_channel *channel) {
  return (struct text){channel->info, channel->info_size};
}

struct user_channel *user_channel_find(const struct user *user,
                                       struct text name) {
  list_each(struct user_channel, each, &user->channels, link) {
    if (text_equals(user_channel_name(each), name)) return each;
  }
  return NULL;
}

static struct user_channel *open_channel(struct user *user, struct text name) {
  struct user_channel *channel = user_channel_find(user, name);
  if (channel) return channel;
  channel = calloc(1, sizeof *channel + name.size);
  if (!channel) return NULL;
  channel->name_size = (uint8_t)name.size;
  memcpy(channel->name, name.bytes, name.size);
  list_append(&user->channels, &channel->link);
  return channel;
}

static void free_channel(struct user_channel *channel) {
  list_remove(&channel->link);
  free(channel->info);
  free(channel);
}

bool user_channel_set(struct user *user, struct text name, struct text info) {
  char *copy = info.size > 0 ? malloc(info.size) : NULL;
  if (info.size > 0 && !copy) return false;
  struct user_channel *channel = open_channel(user, name);
  if (!channel) {
    free(copy);
    return false;
  }
  if (copy) memcpy(copy, info.bytes, info.size);
  free(channel->info);
  channel->info = copy;
  channel->info_size = (uint32_t)info.size;
  return true;
}

bool user_channel_remove(struct user *user, struct text name) {
  struct user_channel *channel = user_channel_find(user, name);
  if (!channel) return false;
  free_channel(channel);
  return true;
}

void user_channels_free(struct user *user) {
  list_each(struct user_channel, each, &user->channels, link)
    free_channel(each);
}
