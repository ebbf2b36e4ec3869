#ifndef BASE_LUA_BIND_CHANNELS_H
#define BASE_LUA_BIND_CHANNELS_H

/*
** What the bindings of channels share.
*/
#include "lib/text.h"

#include <lua.h>

enum { CHANNEL_INFO_MAX = 4096 /* bytes of a member's info as JSON */ };

/* The info of a member at `index` as JSON, in scripts->text; NULL bytes if none
   is given, size 0 if it is empty. Raises unless it is a table with names, of
   at most 4 KiB. */
struct text channel_check_info(lua_State *L, int index);

/* The optional reason at `index`, or NULL. */
const char *channel_check_reason(lua_State *L, int index);

/* Pushes the value of JSON that the bus has sent; returns 1. */
int channel_push_json(lua_State *L, struct text text);

/* channel:history and channel:clear (channel_history.c). */
int channel_m_history(lua_State *L);
int channel_m_clear(lua_State *L);

/* Adds what lua/base/channels.lua uses to core, which is at the top
   (channel_serving.c). */
void channel_serving_open(lua_State *L);

/* The same of what concerns users (channel_users.c). */
void channel_users_open(lua_State *L);

/* base.channels, and what the API shows (channel_views.c). */
void channel_views_open(lua_State *L);

/* user:join(channel [, info]) and user:leave(channel [, reason]), for the user
   with the handle at 1 (channel_users.c). */
int channel_m_user_join(lua_State *L);
int channel_m_user_leave(lua_State *L);

#endif
