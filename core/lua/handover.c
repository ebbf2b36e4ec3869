/*
** What goes over to the process that takes the place of this one:
** lua/base/handover.lua makes JSON of it.
*/
#include "lib/buffer.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "lua/scripts.h"
#include "lua/vm/vm.h"
#include "model/user.h"

struct handing {
  const char *function; /* of lua/base/handover.lua */
  struct user *user;    /* its argument, or NULL */
  struct text text;     /* likewise, if there is one */
  struct buffer *out;   /* where its result is appended, or NULL */
  bool is_done;
};

static int enter_handing(lua_State *L) {
  struct handing *handing = lua_touserdata(L, 1);
  anchor_push(L, ANCHOR_HANDOVER);
  lua_getfield(L, -1, handing->function);
  int count = 0;
  if (handing->user) {
    user_push(L, handing->user);
    count++;
  }
  if (handing->text.bytes) {
    lua_pushlstring(L, handing->text.bytes, handing->text.size);
    count++;
  }
  lua_call(L, count, 1);
  if (handing->out) {
    size_t size;
    const char *result = lua_tolstring(L, -1, &size);
    handing->is_done = buffer_append(handing->out, result, size);
  } else {
    handing->is_done = true;
  }
  return 0;
}

static bool hand(struct scripts *scripts, struct handing handing) {
  scripts_enter(scripts, enter_handing, &handing);
  return handing.is_done;
}

bool scripts_print_state(struct scripts *scripts, bool again,
                         struct buffer *buffer) {
  const char *function = again ? "state_again" : "state";
  return hand(scripts, (struct handing){.function = function, .out = buffer});
}

bool scripts_take_state(struct scripts *scripts, struct text text) {
  return hand(scripts,
              (struct handing){.function = "take_state", .text = text});
}

bool scripts_change_state(struct scripts *scripts, struct text text) {
  return hand(scripts,
              (struct handing){.function = "change_state", .text = text});
}

bool scripts_print_user(struct scripts *scripts, struct user *user,
                        struct buffer *buffer) {
  return hand(scripts, (struct handing){
                           .function = "fields", .user = user, .out = buffer});
}

/* --- a user's fields --- */

struct fields {
  struct user *user;
  struct text text;
  bool is_done;
};

static int enter_fields(lua_State *L) {
  struct fields *fields = lua_touserdata(L, 1);
  struct json_text json = {.end = fields->text.bytes + fields->text.size,
                           .scratch = &scripts_of(L)->scratch};
  const char *at = json_decode(L, fields->text.bytes, 0, &json);
  if (at != json.end || !lua_istable(L, -1)) return 0;
  user_push_joined(L, fields->user, -1);
  fields->is_done = true;
  return 0;
}

bool scripts_take_user(struct scripts *scripts, struct user *user,
                       struct text text) {
  struct fields fields = {user, text, false};
  scripts_enter(scripts, enter_fields, &fields);
  return fields.is_done;
}
