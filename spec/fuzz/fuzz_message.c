/*
** The envelope [command, body, id, channel]: it is taken just when the same
** bytes, read as any JSON, are such a list; and what is taken is sent on as the
** same.
*/
#include "fuzz.h"
#include "values.h"

#include "lib/json.h"
#include "lib/log.h"
#include "lua/json/json.h"
#include "lua/object/objects.h"
#include "lua/scripts.h"
#include "model/config.h"
#include "model/registry.h"

static uint64_t now(void *context) {
  (void)context;
  return 1;
}

static struct scripts *open_api(void) {
  static struct config config;
  static struct timers timers;
  static struct registry registry;
  static const struct scripts_events events;
  log_open(LOG_ERROR, LOG_TEXT);
  timers_open(&timers, now, NULL);
  registry_open(&registry, &config, &timers);
  return scripts_new(&registry, &config, &events, NULL, NULL);
}

/* The second opinion. Pushes the list, or nothing. */
static bool is_list(lua_State *L, const struct input *input) {
  static struct buffer scratch;
  const char *end = input->bytes + input->size;
  struct json_text json = {.end = end, .scratch = &scratch};
  const char *at = json_decode(L, input->bytes, 0, &json);
  if (!at) return false;
  if (json_skip_space(at, end) == end && lua_istable(L, -1) &&
      lua_getmetatable(L, -1)) {
    lua_pop(L, 1);
    return true;
  }
  lua_pop(L, 1);
  return false;
}

static bool is_text(lua_State *L, int index, size_t least, size_t most) {
  return lua_type(L, index) == LUA_TSTRING && lua_rawlen(L, index) >= least &&
         lua_rawlen(L, index) <= most;
}

static bool is_absent(lua_State *L, int index) {
  return lua_isnil(L, index) ||
         (lua_islightuserdata(L, index) && !lua_touserdata(L, index));
}

/* The value at `index` is valid UTF-8. */
static bool is_channel(lua_State *L, int index) {
  if (!is_text(L, index, 1, 128)) return false;
  const char *name = lua_tostring(L, index);
  size_t size = lua_rawlen(L, index);
  uint32_t code = 0;
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)name[i];
    code = (byte & 0xc0) == 0x80 ? code << 6 | (byte & 0x3f) : byte;
    /* U+0080 to U+009F are c2 80 to c2 9f. */
    if (code < 0x20 || code == 0x7f) return false;
    if (code >= (0xc2 << 6) && code < (0xc2 << 6 | 0x20)) return false;
  }
  return name[0] != '$';
}

/* Whether the list at the top is a message. */
static bool is_message(lua_State *L) {
  int list = lua_gettop(L);
  lua_rawgeti(L, list, 1);
  lua_rawgeti(L, list, 3);
  lua_rawgeti(L, list, 4);
  bool is_id =
      is_absent(L, -2) || lua_isinteger(L, -2) || is_text(L, -2, 0, 64);
  bool is_good = lua_rawlen(L, list) <= 4 && is_text(L, -3, 1, 128) && is_id &&
                 (is_absent(L, -1) || is_channel(L, -1));
  lua_settop(L, list);
  return is_good;
}

static bool starts_with_dollar(lua_State *L, int message) {
  lua_getfield(L, message, "command");
  bool is = lua_tostring(L, -1)[0] == '$';
  lua_pop(L, 1);
  return is;
}

/* The core of the message at `index` is how the message begins, or goes on with
   null where it has no body. */
static void check_core(lua_State *L, int index, const struct message *message) {
  static struct buffer text;
  int next;
  uint32_t size = message_print_core(L, index, &next, &text);
  MUST(next == index + 1 && size == text.size && size > 2);
  size_t shared = message->size - 2 < size ? message->size - 2 : size;
  MUST(memcmp(text.bytes, message->bytes + 1, shared) == 0);
  MUST(shared == size || memcmp(text.bytes + shared, ",null", 5) == 0);
}

/* Encodes the message at `index` as Base does its own. */
static struct message *encode(lua_State *L, int index) {
  static const char *const names[] = {"command", "body", "id", "channel"};
  int parts[4];
  for (int i = 0; i < 4; i++) {
    lua_getfield(L, index, names[i]);
    parts[i] = lua_isnil(L, -1) ? 0 : lua_gettop(L);
  }
  return message_encode_reply(L, parts[0], parts[1], parts[2], parts[3]);
}

/* Sends the message at `index` on, and takes it again. */
static void check_again(lua_State *L, int index) {
  int top = lua_gettop(L);
  struct message *message = encode(L, index);
  lua_settop(L, top);
  if (!starts_with_dollar(L, index)) {
    struct message *same = message_check(L, index, NULL);
    MUST(same->size == message->size);
    MUST(memcmp(same->bytes, message->bytes, same->size) == 0);
    message_unref(same);
    check_core(L, index, message);
  }
  char *copy = copy_exactly(message->bytes, message->size);
  struct envelope envelope = message_decode(L, copy, message->size);
  MUST(envelope.is_valid && envelope.command.size > 0);
  MUST(envelope.is_channel == message_is_for_channel(L, top + 1));
  MUST(values_are_same(L, index, top + 1));
  free(copy);
  message_unref(message);
  lua_settop(L, top);
}

static int check(lua_State *L) {
  const struct input *input = lua_touserdata(L, 1);
  int top = lua_gettop(L);
  struct envelope envelope = message_decode(L, input->bytes, input->size);
  MUST(lua_gettop(L) > top);
  MUST(!envelope.to.id || message_is_id(L, envelope.to.id));
  MUST(!envelope.to.channel || is_channel(L, envelope.to.channel));
  MUST(envelope.is_valid != (envelope.complaint != NULL));
  MUST(envelope.is_valid || envelope.complaint == lua_tostring(L, top + 1));
  if (envelope.is_valid) check_again(L, top + 1);
  MUST(envelope.is_valid == (is_list(L, input) && is_message(L)));
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static struct scripts *scripts;
  if (!scripts) scripts = open_api();
  MUST(scripts);
  char *copy = copy_exactly((const char *)bytes, size);
  struct input input = {copy, size};
  MUST(scripts_enter(scripts, check, &input));
  free(copy);
  return 0;
}
