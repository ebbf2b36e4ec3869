#ifndef BASE_LUA_SCRIPTS_H
#define BASE_LUA_SCRIPTS_H

/*
** The scripts: an embedded Lua VM in which every call is a coroutine. Told what
** happens by the server; acts on the registry. Knows nothing of sockets.
**
** Lua is entered only through the functions of this header and through timers,
** each time by one protected call.
*/
#include "lua/vm/events.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scripts;
struct config;
struct connection;
struct exchange;
struct http_client;
struct registry;
struct lua_State;

/* `config` is filled by scripts_load and changed by each reload. The VM is made
   here, or, inside a Lua program that tests scripts, is that program's. NULL
   (and a log line) when memory ran out. */
struct scripts *scripts_new(struct registry *registry, struct config *config,
                            const struct scripts_events *events, void *context,
                            struct lua_State *host);
void scripts_free(struct scripts *scripts);

/* By which scripts make requests; it outlives the scripts. Without it there is
   nothing that could be waited for: only loading and checking do. */
void scripts_use_http_client(struct scripts *scripts,
                             struct http_client *client);

/* Loads base.lua, every action and every module of the working directory. All
   of it loads, or nothing changes: false, after a log line for each mistake,
   with file and line. The config is read into the struct given to scripts_new;
   on a reload what concerns listening stays as it was, with a log line. */
bool scripts_load(struct scripts *scripts);

/* Like scripts_load, but only looks: writes every mistake to standard error and
   returns their number. The settings, if none of them was wrong, are read into
   the config, which is the caller's to close; else it stays as it is. */
int scripts_check(struct scripts *scripts, struct config *config);

/* Calls `see` for each path that the last load has looked at, whether it was of
   use or not: files, and folders with all below them. */
void scripts_each_seen(struct scripts *scripts,
                       void (*see)(void *context, const char *path,
                                   bool is_folder),
                       void *context);

/* Settings of the command line, before scripts_load; they win over base.lua. */
void scripts_override_port(struct scripts *scripts, int port);
void scripts_override_log_level(struct scripts *scripts, int level);

/* The events of net. */
void scripts_opened(struct scripts *scripts, struct connection *connection);
void scripts_received(struct scripts *scripts, struct connection *connection,
                      enum message_kind kind, const char *bytes, size_t size);
void scripts_limited(struct scripts *scripts, struct connection *connection,
                     const char *bytes, size_t size);
void scripts_closed(struct scripts *scripts, struct connection *connection,
                    int code, const char *reason);
void scripts_requested(struct scripts *scripts, struct exchange *exchange);

/* A new process has taken over: from here on scripts are not told that a user
   is offline, and who is sent away, with `code`, may come back at once. */
void scripts_be_replaced(struct scripts *scripts, int code);

/* Sends those away whose moment has come: each connection has its own, a part
   from 0 to 1 of the time that there is. Nothing more is taken from it, and it
   closes when what was accepted has been answered. */
void scripts_send_away(struct scripts *scripts, double part);

/* Begins the end: what was accepted finishes, then each connection is told
   `reconnect` and closed with `code`. */
void scripts_drain(struct scripts *scripts, int code);

/* Whether nothing runs or waits any more, but timers. */
bool scripts_is_idle(const struct scripts *scripts);

/* Ends every run where it is. */
void scripts_stop(struct scripts *scripts);

#endif
