/*
** The channels that a user is in with all of its connections: user:join and
** user:leave, and those that a registration joins.
*/
#include "lua/bind/bind.h"
#include "lua/bind/channels.h"
#include "lua/session/joining.h"
#include "lua/session/session.h"
#include "model/channel.h"
#include "model/connection.h"
#include "model/membership.h"
#include "model/user.h"
#include "model/user_channel.h"

/* Whether it is in the channel, and not still joining. */
static bool is_in(const struct connection *connection, struct text name) {
  const struct channel *channel = channel_find(connection->registry, name);
  return channel && membership_find(connection, channel) &&
         !membership_is_joining(connection, channel);
}

/* Joins one connection that is not in the channel yet. */
static int join_one(lua_State *L, struct connection *connection,
                    struct text name, struct text info, bool waits) {
  struct join join = {.channel = name, .info = info, .is_by_script = true};
  if (connection->state != CONNECTION_OPEN || !connection->session) return 0;
  if (is_in(connection, name)) return 0;
  return join_channel(L, connection->session, &join, waits);
}

/* Gives the user another info where one of its connections is in the channel
   already. */
static void renew_info(lua_State *L, struct user *user, struct text name,
                       struct text info) {
  struct channel *channel = channel_find(user->registry, name);
  list_each(struct connection, each, &user->connections, of_user) {
    if (!channel || !membership_find(each, channel)) continue;
    if (channel_join(channel, each, info) == JOIN_NO_MEMORY)
      luaL_error(L, "out of memory");
    return;
  }
}

int channel_m_user_join(lua_State *L) {
  struct user *user = user_check(L, 1);
  struct text name = channel_check_name(L, 2);
  struct text info = channel_check_info(L, 3);
  if (!user) return push_closed(L);
  if (!user_channel_set(user, name, info))
    return luaL_error(L, "out of memory");
  /* The buffer of `info` is used again by each join. */
  info = user_channel_info(user_channel_find(user, name));
  renew_info(L, user, name, info);
  list_each(struct connection, each, &user->connections, of_user)
    lua_pop(L, join_one(L, each, name, info, false));
  lua_pushboolean(L, true);
  return 1;
}

int channel_m_user_leave(lua_State *L) {
  struct user *user = user_check(L, 1);
  struct text name = channel_check_name(L, 2);
  const char *reason = channel_check_reason(L, 3);
  if (!user) return push_closed(L);
  user_channel_remove(user, name);
  list_each(struct connection, each, &user->connections, of_user) {
    if (each->session) session_leave_channel(each->session, name, reason);
  }
  lua_pushboolean(L, true);
  return 1;
}

/* core.user_channels(connection) -> list of the names of the channels that its
   user is in with all connections */
static int f_user_channels(lua_State *L) {
  const struct connection *connection = connection_check_open(L, 1);
  lua_newtable(L);
  if (!connection || !connection->user) return 1;
  lua_Integer count = 0;
  list_each(const struct user_channel, each, &connection->user->channels,
            link) {
    lua_pushlstring(L, each->name, each->name_size);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

/* core.join_registered(connection, name, is_named): joins one that is not in
   the channel yet, with the info that its user has there; unless the
   registration has named the channel, only where its user still is in it. May
   wait. What does not work (limits.channels) is left out. */
static int f_join_registered(lua_State *L) {
  struct connection *connection = connection_check_open(L, 1);
  struct text name = channel_check_name(L, 2);
  struct text info = {0};
  if (!connection || !connection->user) return 0;
  const struct user_channel *of_user =
      user_channel_find(connection->user, name);
  if (!of_user && !lua_toboolean(L, 3)) return 0;
  if (of_user) info = user_channel_info(of_user);
  return join_one(L, connection, name, info, true);
}

/* core.check_channel_name(value): raises unless it is one */
static int f_check_channel_name(lua_State *L) {
  channel_check_name(L, 1);
  return 0;
}

void channel_users_open(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"user_channels", f_user_channels},
      {"join_registered", f_join_registered},
      {"check_channel_name", f_check_channel_name},
      {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
