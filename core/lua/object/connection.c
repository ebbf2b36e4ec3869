/*
** The class of connections, and their fields. A handle is an id with two
** tables, made when they are first needed: the script's own fields, and Base's
** private ones.
*/
#include "model/connection.h"
#include "lua/object/objects.h"
#include "model/channel.h"
#include "model/head.h"
#include "model/membership.h"

#include <string.h>

enum { OWN_FIELDS = 1, PRIVATE = 2, UPVALUE_METHODS = 1, UPVALUE_GETTERS = 2 };

static const char class_name[] = "base.connection";

/* The mark tells our handles from the userdata of other libraries without a
   search for the metatable: no other userdata of this size begins with this
   address. */
struct handle {
  const char *mark; /* the address of class_name */
  uint64_t id;
};

static struct handle *test_connection_handle(lua_State *L, int index) {
  struct handle *handle = lua_touserdata(L, index);
  if (!handle || lua_rawlen(L, index) != sizeof *handle) return NULL;
  return handle->mark == class_name ? handle : NULL;
}

static struct handle *check_connection_handle(lua_State *L, int index) {
  struct handle *handle = test_connection_handle(L, index);
  luaL_argexpected(L, handle, index, class_name);
  return handle;
}

struct connection *connection_check(lua_State *L, int index) {
  struct handle *handle = check_connection_handle(L, index);
  struct connection *connection =
      connection_find(scripts_of(L)->registry, handle->id);
  return connection && connection->session ? connection : NULL;
}

struct connection *connection_check_open(lua_State *L, int index) {
  struct connection *connection = connection_check(L, index);
  return connection && connection->state == CONNECTION_OPEN ? connection : NULL;
}

/* --- handles --- */

void connection_make_handle(lua_State *L, struct connection *connection) {
  connection->handle = LUA_NOREF; /* valid even if Lua raises below */
  struct handle *handle = lua_newuserdatauv(L, sizeof *handle, 2);
  *handle = (struct handle){class_name, connection->id};
  luaL_setmetatable(L, class_name);
  connection->handle = luaL_ref(L, LUA_REGISTRYINDEX);
}

void connection_drop_handle(lua_State *L, struct connection *connection) {
  luaL_unref(L, LUA_REGISTRYINDEX, connection->handle);
  connection->handle = LUA_NOREF;
}

void connection_push(lua_State *L, const struct connection *connection) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, connection->handle);
}

/* Pushes a table of the handle at `index`, making it if there is none. */
static void push_beside(lua_State *L, int index, int which) {
  index = lua_absindex(L, index);
  if (lua_getiuservalue(L, index, which) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, index, which);
}

void connection_push_queue(lua_State *L, struct connection *connection) {
  connection_push(L, connection);
  push_beside(L, -1, PRIVATE);
  if (lua_getfield(L, -1, "queue") != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "queue");
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* --- fields; each getter has the handle at 1 and pushes one value --- */

static void g_user(lua_State *L, const struct connection *connection) {
  if (connection->user)
    user_push(L, connection->user);
  else
    lua_pushnil(L);
}

static void g_address(lua_State *L, const struct connection *connection) {
  lua_pushstring(L, connection->head->address);
}

static void g_protocol(lua_State *L, const struct connection *connection) {
  struct text protocol = head_protocol(connection->head);
  if (protocol.size > 0)
    lua_pushlstring(L, protocol.bytes, protocol.size);
  else
    lua_pushnil(L);
}

static void g_opened_at(lua_State *L, const struct connection *connection) {
  lua_pushnumber(L, connection->opened_at);
}

/* Pushes the head as tables. They are made from the handshake's bytes on demand
   and kept only as long as a script keeps them: ten thousand heads as tables
   are many megabytes. */
static void push_request(lua_State *L, uint64_t id, const struct head *head) {
  anchor_push(L, ANCHOR_REQUESTS);
  if (lua_rawgeti(L, -1, (lua_Integer)id) == LUA_TNIL) {
    lua_pop(L, 1);
    request_push(L, head);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)id);
  }
  lua_replace(L, -2);
}

static void g_request(lua_State *L, const struct connection *connection) {
  push_request(L, connection->id, connection->head);
}

static void g_channels(lua_State *L, const struct connection *connection) {
  lua_createtable(L, (int)connection->membership_count, 0);
  for (uint32_t i = 0; i < connection->membership_count; i++) {
    struct text name = channel_name(connection->memberships[i].channel);
    lua_pushlstring(L, name.bytes, name.size);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static const struct getter {
  const char *name;
  void (*push)(lua_State *L, const struct connection *connection);
} getters[] = {{"user", g_user},
               {"address", g_address},
               {"protocol", g_protocol},
               {"opened_at", g_opened_at},
               {"request", g_request},
               {"channels", g_channels},
               {"id", NULL}};

enum { GETTER_COUNT = sizeof getters / sizeof *getters };

/* Keeps a copy of the handshake's bytes, not tables: few scripts read the
   request after the end. */
static void freeze_head(lua_State *L, const struct head *head) {
  size_t size = sizeof *head + head->size;
  memcpy(lua_newuserdatauv(L, size, 0), head, size);
  lua_setfield(L, -2, "head");
}

void connection_freeze(lua_State *L, struct connection *connection) {
  connection_push(L, connection);
  push_beside(L, -1, PRIVATE);
  for (int i = 0; i < GETTER_COUNT; i++) {
    if (!getters[i].push || getters[i].push == g_request) continue;
    if (getters[i].push == g_channels && connection->membership_count == 0)
      continue;
    getters[i].push(L, connection);
    lua_setfield(L, -2, getters[i].name);
  }
  freeze_head(L, connection->head);
  lua_pushnil(L);
  lua_setfield(L, -2, "queue");
  lua_pop(L, 2);
}

/* Pushes the frozen field of that name; the private table is at the top. */
static void push_frozen(lua_State *L, uint64_t id, const char *name) {
  if (strcmp(name, "request") != 0) {
    if (lua_getfield(L, -1, name) == LUA_TNIL && strcmp(name, "channels") == 0)
      lua_newtable(L); /* it was in none */
  } else if (lua_getfield(L, -1, "head") != LUA_TNIL) {
    push_request(L, id, lua_touserdata(L, -1));
  }
}

static int push_getter(lua_State *L, const struct getter *getter) {
  struct handle *handle = check_connection_handle(L, 1);
  if (!getter->push) {
    lua_pushinteger(L, (lua_Integer)handle->id);
    return 1;
  }
  struct connection *connection = connection_check(L, 1);
  if (connection) {
    getter->push(L, connection);
  } else {
    push_beside(L, 1, PRIVATE);
    push_frozen(L, handle->id, getter->name);
  }
  return 1;
}

static int m_index(lua_State *L) {
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(UPVALUE_METHODS)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(UPVALUE_GETTERS)) != LUA_TNIL)
    return push_getter(L, lua_touserdata(L, -1));
  if (lua_getiuservalue(L, 1, OWN_FIELDS) != LUA_TTABLE) return 1;
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  return 1;
}

static int m_newindex(lua_State *L) {
  check_connection_handle(L, 1);
  for (int table = UPVALUE_METHODS; table <= UPVALUE_GETTERS; table++) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(table)) != LUA_TNIL)
      return luaL_error(L, "connection.%s is Base's and cannot be set",
                        luaL_tolstring(L, 2, NULL));
  }
  push_beside(L, 1, OWN_FIELDS);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_settable(L, -3); /* refuses nil and NaN as keys, as any table does */
  return 0;
}

static int m_tostring(lua_State *L) {
  lua_Integer id = (lua_Integer)check_connection_handle(L, 1)->id;
  lua_pushfstring(L, "connection %I", (LUAI_UACINT)id);
  return 1;
}

/* --- the class --- */

/* core.is_connection(value) -> boolean */
static int f_is_connection(lua_State *L) {
  lua_pushboolean(L, test_connection_handle(L, 1) != NULL);
  return 1;
}

void connection_class_open(lua_State *L) {
  luaL_newmetatable(L, class_name);
  lua_insert(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "connection"); /* in core: Lua adds methods */
  lua_createtable(L, 0, GETTER_COUNT);
  for (int i = 0; i < GETTER_COUNT; i++) {
    lua_pushlightuserdata(L, (void *)&getters[i]);
    lua_setfield(L, -2, getters[i].name);
  }
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, m_index, 2);
  lua_setfield(L, -4, "__index");
  lua_pushcclosure(L, m_newindex, 2);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, m_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, f_is_connection);
  lua_setfield(L, -2, "is_connection");
}
