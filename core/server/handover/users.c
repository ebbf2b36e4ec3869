#include "server/handover/users.h"

#include "bus/link.h"
#include "lua/scripts.h"
#include "model/config.h"
#include "model/registry.h"
#include "model/user.h"
#include "model/user_channel.h"

/* --- writing --- */

static uint64_t time_left(const struct user *user) {
  uint64_t now = timers_last_look(user->registry->timers);
  if (!timer_is_running(&user->offline)) return 0;
  return user->offline.due > now ? user->offline.due - now : 0;
}

void user_write(struct scripts *scripts, struct user *user,
                struct buffer *out) {
  struct buffer fields = {0};
  if (!scripts_print_user(scripts, user, &fields))
    buffer_append_string(&fields, "{}");
  size_t begin = link_begin(out, LINK_USER);
  link_put_text(out, user_id_text(user));
  link_put_number(out, user->is_integer);
  link_put_number(out, user->is_announced);
  link_put_number(out, user->connection_count > 0 || user->is_elsewhere);
  link_put_number(out, time_left(user));
  link_put_text(out, (struct text){fields.bytes, fields.size});
  list_each(const struct user_channel, each, &user->channels, link) {
    link_put_text(out, user_channel_name(each));
    link_put_text(out, user_channel_info(each));
  }
  link_end(out, begin);
  buffer_free(&fields);
}

/* --- reading --- */

static bool take_channels(struct user *user, struct link_frame *frame) {
  while (!frame->is_wrong && frame->at < frame->end) {
    struct text name = link_take_name(frame);
    struct text info = link_take_json(frame);
    /* Where memory runs out, the user comes without the channel. */
    if (!frame->is_wrong && user) (void)user_channel_set(user, name, info);
  }
  return !frame->is_wrong;
}

bool user_take(struct scripts *scripts, struct registry *registry,
               struct link_frame *frame) {
  struct text id = link_take_id(frame);
  bool is_integer = link_take_flag(frame);
  bool is_announced = link_take_flag(frame);
  bool is_connected = link_take_flag(frame);
  uint64_t left = link_take_number(frame);
  struct text fields = link_take_json(frame);
  if (frame->is_wrong) return false;
  struct user *user = user_find(registry, id);
  if (!user) user = user_add(registry, id, is_integer);
  if (!user) return take_channels(NULL, frame);
  user->is_announced = user->is_announced || is_announced;
  user->is_elsewhere = is_connected;
  if (user->connection_count > 0) return take_channels(NULL, frame);
  if (!scripts_take_user(scripts, user, fields)) return false;
  if (!is_connected) user_expire_in(user, left);
  user_channels_free(user);
  return take_channels(user, frame);
}

void users_come(struct registry *registry) {
  size_t cursor = 0;
  struct user *user;
  while ((user = registry_next_user(registry, &cursor))) {
    if (!user->is_elsewhere) continue;
    user->is_elsewhere = false;
    if (user->connection_count == 0)
      user_expire_in(user, registry->config->offline_after);
  }
}
