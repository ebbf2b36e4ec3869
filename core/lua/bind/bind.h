#ifndef BASE_LUA_BIND_BIND_H
#define BASE_LUA_BIND_BIND_H

/*
** What each bound noun shows to the others and to whoever opens them all. The
** table at the top is `core`, what Base's own Lua sees.
*/
#include "lua/object/objects.h"

struct exchange;
struct session;

/* --- connections (connection.c) --- */

void connection_open_methods(lua_State *L);

/* Reads a close code and a reason at `index` and behind it; *code and `reason`
   are the defaults, which are allowed as well. Raises for what a script may not
   close with. */
const char *connection_check_close(lua_State *L, int index, int *code,
                                   const char *reason);

/* --- users (user.c) --- */

void user_open_methods(lua_State *L);

/* core.disconnect(id [, code [, reason]]) -> how many were told to go */
int f_disconnect(lua_State *L);

/* core.join(connection, fields, has_expired, answers) -> user, the number of
   this registration | nil, "closed" | nil, "disconnected", which closes it |
   nil, "expired", which closes it, unless it is one of this user already.
   `answers`: it is the `register` of `authenticate` that is called. */
int f_join(lua_State *L);

/* --- registering (register.c) --- */

void register_open(lua_State *L);

/* One more registration of the connection, as that user, begins. False, after
   it has been closed and `nil, word` was pushed, if it may not: its time had
   passed already, or the user was disconnected meanwhile. */
bool register_begin(lua_State *L, struct session *session, struct text id,
                    bool has_expired, bool answers);

/* The user is disconnected: who began before may not become it. */
void register_disconnect(struct scripts *scripts, struct text id, int code,
                         const char *reason);

/* --- everybody (world.c), time (time.c), what has happened
   (counters.c), the log (log.c), texts (text.c), runs (runs.c), files
   (files.c) --- */

void world_open(lua_State *L);
void time_open(lua_State *L);

/* What was started while files loaded begins, and what the load before had
   started ends; or it ends at once. */
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

/* Starts the handler of HTTP requests. */
void http_serve(struct scripts *scripts, struct exchange *exchange);

/* --- requests that scripts make (http_client.c) --- */

void pending_request_class_open(lua_State *L);

#endif
