#include "lua/config.h"

#include "model/config.h"

#include <lauxlib.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static char *read_string(lua_State *L, int index, const char *name) {
  char *copy = NULL;
  if (lua_getfield(L, index, name) == LUA_TSTRING) {
    copy = strdup(lua_tostring(L, -1));
    if (!copy) luaL_error(L, "out of memory");
  }
  lua_pop(L, 1);
  return copy;
}

static bool add_string(void *list, const char *item) {
  return string_list_add(list, item);
}

static bool add_origin(void *list, const char *item) {
  return origins_add(list, item);
}

static bool add_network(void *list, const char *item) {
  return networks_add(list, item);
}

static void read_list(lua_State *L, int index, const char *name, void *list,
                      bool (*add)(void *list, const char *item)) {
  if (lua_getfield(L, index, name) == LUA_TTABLE) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = 1; i <= count; i++) {
      lua_rawgeti(L, -1, i);
      if (!add(list, lua_tostring(L, -1))) luaL_error(L, "out of memory");
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

static bool has_setting(lua_State *L, int index, const char *name) {
  bool found = lua_getfield(L, index, name) != LUA_TNIL;
  lua_pop(L, 1);
  return found;
}

/* The number times `scale`, rounded. */
static uint64_t read_number(lua_State *L, int index, const char *name,
                            double scale) {
  lua_getfield(L, index, name);
  double number = lua_tonumber(L, -1) * scale;
  lua_pop(L, 1);
  return (uint64_t)(number + 0.5);
}

static void read_limits(lua_State *L, int index, struct limits *limits) {
  static const struct {
    const char *name;
    size_t place;
    double scale;
  } rows[] = {
      {"message_size", offsetof(struct limits, message_size), 1},
      {"connections", offsetof(struct limits, connections), 1},
      {"connections_per_user", offsetof(struct limits, connections_per_user),
       1},
      {"connections_per_address",
       offsetof(struct limits, connections_per_address), 1},
      {"rate", offsetof(struct limits, rate), 1},
      {"burst", offsetof(struct limits, burst), 1},
      {"queue_size", offsetof(struct limits, queue_size), 1},
      {"pending_messages", offsetof(struct limits, pending_messages), 1},
      {"waiting_per_user", offsetof(struct limits, waiting_per_user), 1},
      {"waiting_per_address", offsetof(struct limits, waiting_per_address), 1},
      {"handshake_time", offsetof(struct limits, handshake_time), 1000},
      {"authenticate_time", offsetof(struct limits, authenticate_time), 1000},
      {"guest_time", offsetof(struct limits, guest_time), 1000},
      {"run_time", offsetof(struct limits, run_time), 1000},
      {"slow_run", offsetof(struct limits, slow_run), 1000},
      {"action_time", offsetof(struct limits, action_time), 1000},
      {"timers", offsetof(struct limits, timers), 1},
      {"coroutines", offsetof(struct limits, coroutines), 1},
      {"run_memory", offsetof(struct limits, run_memory), 1},
      {"memory", offsetof(struct limits, memory), 1},
      {"channels", offsetof(struct limits, channels), 1},
      {"members_listed", offsetof(struct limits, members_listed), 1},
      {"history_memory", offsetof(struct limits, history_memory), 1},
      {"http_head", offsetof(struct limits, http_head), 1},
      {"http_body", offsetof(struct limits, http_body), 1},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    *(uint64_t *)(void *)((char *)limits + rows[i].place) =
        read_number(L, index, rows[i].name, rows[i].scale);
  static const char *const words[] = {"reject", "close_oldest", NULL};
  static const char *const on_slow[] = {"close", "drop", NULL};
  lua_getfield(L, index, "on_exceed");
  limits->on_exceed = (enum on_exceed)luaL_checkoption(L, -1, "reject", words);
  lua_getfield(L, index, "on_slow");
  limits->on_slow = (enum on_slow)luaL_checkoption(L, -1, "close", on_slow);
  lua_pop(L, 2);
}

static void read_deflate(lua_State *L, int index, struct config *config) {
  if (lua_getfield(L, index, "deflate") == LUA_TTABLE) {
    int group = lua_gettop(L);
    config->deflate_level = (int)read_number(L, group, "level", 1);
    config->deflate_threshold = read_number(L, group, "threshold", 1);
  }
  lua_pop(L, 1);
}

static void read_log(lua_State *L, int index, struct config *config) {
  lua_getfield(L, index, "level");
  config->log_level =
      (enum log_level)luaL_checkoption(L, -1, "info", log_level_names);
  lua_getfield(L, index, "format");
  config->log_format =
      strcmp(luaL_optstring(L, -1, "text"), "json") == 0 ? LOG_JSON : LOG_TEXT;
  lua_pop(L, 2);
}

static enum presence_kind read_presence(lua_State *L, int index) {
  enum presence_kind kind = PRESENCE_NONE;
  if (lua_getfield(L, index, "presence") == LUA_TSTRING)
    kind = PRESENCE_COUNT;
  else if (lua_toboolean(L, -1))
    kind = PRESENCE_LISTED;
  lua_pop(L, 1);
  return kind;
}

static bool read_flag(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

/* Adds the rule at `index`. Its name stays on the stack while it is copied. */
static void read_rule(lua_State *L, int index, unsigned number,
                      struct channel_rules *rules) {
  struct channel_rule rule = {.is_prefix = read_flag(L, index, "is_prefix"),
                              .is_public = read_flag(L, index, "public"),
                              .presence = read_presence(L, index),
                              .has_occupied = has_setting(L, index, "occupied"),
                              .has_vacated = has_setting(L, index, "vacated"),
                              .number = number};
  if (lua_getfield(L, index, "history") == LUA_TTABLE) {
    int history = lua_gettop(L);
    rule.history_size = read_number(L, history, "size", 1);
    rule.history_time = read_number(L, history, "seconds", 1000);
  }
  lua_pop(L, 1);
  lua_getfield(L, index, "name");
  rule.name = lua_tolstring(L, -1, &rule.name_size);
  if (!channel_rules_add(rules, &rule)) luaL_error(L, "out of memory");
  lua_pop(L, 1);
}

static void read_channels(lua_State *L, int index,
                          struct channel_rules *rules) {
  if (lua_getfield(L, index, "channels") == LUA_TTABLE) {
    unsigned count = (unsigned)lua_rawlen(L, -1);
    for (unsigned i = 1; i <= count; i++) {
      lua_rawgeti(L, -1, (lua_Integer)i);
      read_rule(L, lua_gettop(L), i, rules);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
}

void scripts_read_config(lua_State *L, int index, struct config *config) {
  index = lua_absindex(L, index);
  read_list(L, index, "listen", &config->listen, add_string);
  if (lua_getfield(L, index, "api") == LUA_TTABLE) {
    read_list(L, lua_gettop(L), "listen", &config->api_listen, add_string);
    read_list(L, lua_gettop(L), "key", &config->api_keys, add_string);
  }
  lua_pop(L, 1);
  config->user = read_string(L, index, "user");
  config->path = read_string(L, index, "path");
  config->has_origins = has_setting(L, index, "origins");
  read_list(L, index, "origins", &config->origins, add_origin);
  read_list(L, index, "hosts", &config->hosts, add_string);
  read_list(L, index, "protocols", &config->protocols, add_string);
  read_list(L, index, "trusted_proxies", &config->trusted_proxies, add_network);
  config->public_folder = read_string(L, index, "public");
  lua_getfield(L, index, "actions");
  config->actions = read_string(L, lua_gettop(L), "path");
  lua_pop(L, 1);
  config->has_http = has_setting(L, index, "http");
  config->http_keep_alive = read_number(L, index, "http_keep_alive", 1000);
  config->offline_after = read_number(L, index, "offline_after", 1000);
  config->drain = read_number(L, index, "drain", 1000);
  config->has_tls = lua_getfield(L, index, "tls") == LUA_TTABLE;
  if (config->has_tls) {
    config->certificate = read_string(L, lua_gettop(L), "certificate");
    config->key = read_string(L, lua_gettop(L), "key");
  }
  read_deflate(L, index, config);
  read_channels(L, index, &config->channels);
  lua_getfield(L, index, "heartbeat");
  config->heartbeat_interval = read_number(L, lua_gettop(L), "interval", 1000);
  config->heartbeat_timeout = read_number(L, lua_gettop(L), "timeout", 1000);
  lua_getfield(L, index, "on");
  config->takes_text = has_setting(L, lua_gettop(L), "text");
  config->takes_binary = has_setting(L, lua_gettop(L), "binary");
  lua_getfield(L, index, "limits");
  read_limits(L, lua_gettop(L), &config->limits);
  lua_getfield(L, index, "http_client");
  config->http_client.connections =
      read_number(L, lua_gettop(L), "connections", 1);
  config->http_client.queue = read_number(L, lua_gettop(L), "queue", 1);
  config->http_client.keep_alive =
      read_number(L, lua_gettop(L), "keep_alive", 1000);
  lua_getfield(L, index, "log");
  read_log(L, lua_gettop(L), config);
  lua_pop(L, 6);
}
