#ifndef BASE_LUA_BIND_BIND_H
#define BASE_LUA_BIND_BIND_H

/*
** The functions of each bound noun for the other nouns and for the code that
** opens them all. The table at the top of the stack is `core`, the module for
** Base's own Lua.
*/
#include "lua/object/objects.h"

struct exchange;
struct session;

/* --- connections (connection.c) --- */

void connection_open_methods(lua_State *L);

/* Reads a close code and a reason at `index` and `index` + 1; *code and
   `reason` are the defaults, which are allowed as well. Raises for a code or
   reason that scripts may not use. */
const char *connection_check_close(lua_State *L, int index, int *code,
                                   const char *reason);

/* --- users (user.c) --- */

void user_open_methods(lua_State *L);

/* core.disconnect(id [, code [, reason]]) -> number of connections closed */
int f_disconnect(lua_State *L);

/* core.join(connection, fields, has_expired, answers) -> user, the number of
   this registration | nil, "closed" | nil, "disconnected", after closing the
   connection | nil, "expired", after closing the connection, unless it belongs
   to this user already. `answers`: the caller is the `register` of
   `authenticate`. */
int f_join(lua_State *L);

/* --- channels (channel.c, channel_serving.c, channel_users.c) --- */

void channel_open_methods(lua_State *L);

/* --- registering (register.c) --- */

void register_open(lua_State *L);

/* Begins a registration of the connection as the user `id`. False when it is
   not allowed, because its time has passed or the user was disconnected
   meanwhile; then the connection is closed and `nil, word` is pushed. */
bool register_begin(lua_State *L, struct session *session, struct text id,
                    bool has_expired, bool answers);

/* The user is disconnected: registrations that began before are refused. */
void register_disconnect(struct scripts *scripts, struct text id, int code,
                         const char *reason);

/* --- base.users and base.connections (world.c), time (time.c), counters
   (counters.c), the log (log.c), texts (text.c), runs (runs.c), files (files.c)
   --- */

void world_open(lua_State *L);
void time_open(lua_State *L);

/* After a successful load the timers that its files made start, and those of
   the load before end. After a failed load the timers that its files made
   end. */
void time_load_succeeded(lua_State *L);
void time_load_failed(lua_State *L);

void runs_open(lua_State *L);
void files_open(lua_State *L);
void core_forms_open(lua_State *L);
void core_log_open(lua_State *L);
void core_text_open(lua_State *L);
void shell_open(lua_State *L);

void counters_open(lua_State *L);

/* --- HTTP (http.c) --- */

void http_open(lua_State *L);

/* Starts the handler `http`, or the API's, for a request. */
void http_serve(struct scripts *scripts, struct exchange *exchange);

/* --- requests that scripts make (http_client.c) --- */

void pending_request_class_open(lua_State *L);

#endif
