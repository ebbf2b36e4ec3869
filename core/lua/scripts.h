#ifndef BASE_LUA_SCRIPTS_H
#define BASE_LUA_SCRIPTS_H

/*
** The scripts: an embedded Lua VM in which every call is a coroutine. The
** server tells it what happens; it acts on the registry. It knows nothing of
** sockets.
**
** Lua is entered only through the functions of this header and through timers,
** each time by one protected call.
*/
#include "lib/text.h"
#include "lua/vm/events.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct bus;
struct scripts;
struct config;
struct connection;
struct exchange;
struct http_client;
struct registry;
struct user;
struct lua_State;

/* `config` is filled by scripts_load and changed by each reload. `host` is
   NULL, and the VM is made here; or, inside a Lua program that tests scripts,
   it is that program's state. NULL, after a log line, when memory ran out. */
struct scripts *scripts_new(struct registry *registry, struct config *config,
                            const struct scripts_events *events, void *context,
                            struct lua_State *host);
void scripts_free(struct scripts *scripts);

/* Sets the client by which scripts make requests; it must outlive the scripts.
   Without one only scripts_load and scripts_check may be called: nothing may
   wait. */
void scripts_use_http_client(struct scripts *scripts,
                             struct http_client *client);

/* Sets the bus of the channels, likewise. It is to be closed before the scripts
   are freed: they are told that there is no answer any more. */
void scripts_use_bus(struct scripts *scripts, struct bus *bus);

/* Loads base.lua, every action and every module of the working directory. If
   anything does not load, nothing changes: false, after a log line for each
   mistake, with file and line. The config is read into the struct given to
   scripts_new. On a reload the settings for listening stay as they were, with a
   log line. */
bool scripts_load(struct scripts *scripts);

/* Like scripts_load, but only checks: writes every mistake to standard error
   and returns their number. If no setting was wrong, the settings are read into
   the config, which the caller closes; otherwise the config does not change. */
int scripts_check(struct scripts *scripts, struct config *config);

/* Calls `see` for each path that the last load has looked at, whether it used
   it or not: files, and folders with all below them. */
void scripts_each_seen(struct scripts *scripts,
                       void (*see)(void *context, const char *path,
                                   bool is_folder),
                       void *context);

/* Settings of the command line, which win over base.lua. Call before
   scripts_load. */
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

/* --- what a process tells the one that takes its place --- */

/* Appends base.state as JSON: without what JSON has no form for, which is
   logged by name. When it is asked for `again`, nothing is logged, and nothing
   is appended if it has not changed. False, after a log line, when that
   failed. */
bool scripts_print_state(struct scripts *scripts, bool again,
                         struct buffer *buffer);

/* Fills base.state, before scripts_load. False when the text is not JSON. */
bool scripts_take_state(struct scripts *scripts, struct text text);

/* Changes base.state as the old process has since then; an empty text: it has
   not. */
bool scripts_change_state(struct scripts *scripts, struct text text);

/* Appends the fields of a user as JSON, likewise; and sets them. */
bool scripts_print_user(struct scripts *scripts, struct user *user,
                        struct buffer *buffer);
bool scripts_take_user(struct scripts *scripts, struct user *user,
                       struct text fields);

/* A successor has taken over: from here on the hook `offline` is not called,
   and a client that is sent away, with `code`, may reconnect at once. */
void scripts_be_replaced(struct scripts *scripts, int code);

/* Sends away the connections whose moment has come. `part` is the part of the
   time that has passed, from 0 to 1; each connection has a random moment in it.
   No new message is taken from such a connection, and it closes when the
   messages that were accepted are answered. */
void scripts_send_away(struct scripts *scripts, double part);

/* Begins the end: accepted messages are finished, then each connection is sent
   `reconnect` and closed with `code`. */
void scripts_drain(struct scripts *scripts, int code);

/* Whether no task runs or waits any more, apart from timers. */
bool scripts_is_idle(const struct scripts *scripts);

/* Ends every task and closes the connections. */
void scripts_stop(struct scripts *scripts);

#endif
