/*
** base.users, base.connections, base.send and base.broadcast.
*/
#include "lua/bind/bind.h"
#include "model/connection.h"
#include "model/registry.h"
#include "model/user.h"

/* --- base.users and base.connections --- */

static bool is_count(lua_State *L) {
  return lua_type(L, 2) == LUA_TSTRING &&
         text_equals(text_of(lua_tostring(L, 2)), text_of("count"));
}

/* base.users:count() -> integer */
static int users_count(lua_State *L) {
  size_t count = registry_user_count(scripts_of(L)->registry);
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

/* base.connections:count() -> integer */
static int connections_count(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)scripts_of(L)->session_count);
  return 1;
}

static int push_user(lua_State *L, int index) {
  bool is_integer;
  struct text id = user_check_id(L, index, &is_integer);
  struct user *user = user_find(scripts_of(L)->registry, id);
  if (user)
    user_push(L, user);
  else
    lua_pushnil(L);
  return 1;
}

/* base.users[id] -> user | nil */
static int users_index(lua_State *L) {
  if (!is_count(L)) return push_user(L, 2);
  lua_pushcfunction(L, users_count);
  return 1;
}

/* core.find_user(id) -> user | nil; unlike base.users also for the id
   "count" */
static int f_find_user(lua_State *L) {
  return push_user(L, 1);
}

/* base.connections[id] -> connection | nil */
static int connections_index(lua_State *L) {
  int is_id;
  if (is_count(L)) {
    lua_pushcfunction(L, connections_count);
    return 1;
  }
  lua_Integer id = lua_tointegerx(L, 2, &is_id);
  struct connection *connection =
      is_id ? connection_find(scripts_of(L)->registry, (uint64_t)id) : NULL;
  if (connection && connection->session)
    connection_push(L, connection);
  else
    lua_pushnil(L);
  return 1;
}

/* next(list of handles): skips those that have gone since the loop began.
   Upvalues: the list, the place. */
static int next_handle(lua_State *L) {
  lua_Integer place = lua_tointeger(L, lua_upvalueindex(2));
  for (;;) {
    if (lua_rawgeti(L, lua_upvalueindex(1), ++place) == LUA_TNIL) return 1;
    lua_getfield(L, -1, "id");
    lua_pushvalue(L, -1);
    lua_gettable(L, 1); /* base.users or base.connections, again */
    bool is_here = !lua_isnil(L, -1);
    lua_pop(L, 1);
    if (is_here) break;
    lua_pop(L, 2);
  }
  lua_pushinteger(L, place);
  lua_replace(L, lua_upvalueindex(2));
  lua_insert(L, -2);
  return 2;
}

/* Pushes what __pairs returns: `next_handle` over the list at the top. */
static int push_walk(lua_State *L) {
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_handle, 2);
  lua_pushvalue(L, 1);
  return 2;
}

/* pairs(base.users) -> id, user */
static int users_pairs(lua_State *L) {
  size_t cursor = 0;
  struct user *user;
  lua_newtable(L);
  for (int i = 1;
       (user = registry_next_user(scripts_of(L)->registry, &cursor)) != NULL;
       i++) {
    user_push(L, user);
    lua_rawseti(L, -2, i);
  }
  return push_walk(L);
}

/* pairs(base.connections) -> id, connection */
static int connections_pairs(lua_State *L) {
  size_t cursor = 0;
  struct connection *each;
  int count = 0;
  lua_newtable(L);
  while ((each = registry_next_connection(scripts_of(L)->registry, &cursor))) {
    if (!each->session) continue;
    connection_push(L, each);
    lua_rawseti(L, -2, ++count);
  }
  return push_walk(L);
}

static int refuse_world_assignment(lua_State *L) {
  return luaL_error(L, "base.users and base.connections cannot be written: "
                       "`register` adds users");
}

static void open_collection(lua_State *L, const char *name, lua_CFunction index,
                            lua_CFunction pairs) {
  lua_newtable(L);
  lua_createtable(L, 0, 4);
  lua_pushcfunction(L, index);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse_world_assignment);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, pairs);
  lua_setfield(L, -2, "__pairs");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, name);
}

/* --- sending --- */

static lua_Integer send_to(struct scripts *scripts, lua_State *L, int index,
                           struct message *message) {
  bool is_integer;
  struct text id = user_check_id(L, index, &is_integer);
  struct user *user = user_find(scripts->registry, id);
  lua_Integer count = user_send(user, message);
  lua_pop(L, 1);
  return count;
}

/* Raises for an invalid id in the list, before anything is sent. */
static void check_ids(lua_State *L, lua_Integer size) {
  bool is_integer;
  for (lua_Integer i = 1; i <= size; i++) {
    lua_rawgeti(L, 1, i);
    user_check_id(L, -1, &is_integer);
    lua_pop(L, 2);
  }
}

/* base.send(id or list of ids, message) -> how many connections took it */
static int f_send(lua_State *L) {
  struct scripts *scripts = scripts_of(L);
  bool is_list = lua_istable(L, 1);
  bool is_integer;
  lua_Integer size = is_list ? (lua_Integer)lua_rawlen(L, 1) : 0;
  lua_Integer count = 0;
  if (is_list) {
    check_ids(L, size);
  } else {
    user_check_id(L, 1, &is_integer);
    lua_pop(L, 1);
  }
  struct message *message = message_check(L, 2, NULL);
  for (lua_Integer i = 1; i <= size; i++) {
    lua_rawgeti(L, 1, i);
    count += send_to(scripts, L, -1, message);
    lua_pop(L, 1);
  }
  if (!is_list) count = send_to(scripts, L, 1, message);
  message_unref(message);
  lua_pushinteger(L, count);
  return 1;
}

static struct connection *check_except(lua_State *L, int index) {
  if (lua_isnoneornil(L, index)) return NULL;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_getfield(L, index, "except");
  return lua_isnil(L, -1) ? NULL : connection_check(L, -1);
}

/* base.broadcast(message [, {except = connection}]) -> how many took it */
static int f_broadcast(lua_State *L) {
  size_t cursor = 0;
  struct connection *each;
  lua_Integer count = 0;
  int options = lua_type(L, 1) == LUA_TSTRING ? 3 : 2;
  struct connection *except = check_except(L, options);
  struct message *message = message_check(L, 1, NULL);
  while ((each = registry_next_connection(scripts_of(L)->registry, &cursor))) {
    if (each->user && each != except) count += connection_send(each, message);
  }
  message_unref(message);
  lua_pushinteger(L, count);
  return 1;
}

void world_open(lua_State *L) {
  open_collection(L, "users", users_index, users_pairs);
  open_collection(L, "connections", connections_index, connections_pairs);
  lua_pushcfunction(L, f_find_user);
  lua_setfield(L, -2, "find_user");
  lua_pushcfunction(L, f_send);
  lua_setfield(L, -2, "send");
  lua_pushcfunction(L, f_broadcast);
  lua_setfield(L, -2, "broadcast");
}
