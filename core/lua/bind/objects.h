#ifndef BASE_LUA_BIND_OBJECTS_H
#define BASE_LUA_BIND_OBJECTS_H

/*
** The objects that scripts hold: handles of connections and users, and
** messages. A handle contains an id and nothing that could dangle.
*/
#include "lib/text.h"
#include "lua/vm/vm.h"
#include "model/message.h"

struct connection;
struct exchange;
struct head;
struct session;
struct user;

/* --- connections (connection.c, connection_methods.c) --- */

void connection_class_open(lua_State *L);

/* Pushes a table of the methods of connections. */
void connection_push_methods(lua_State *L);

/* Adds to the table at the top what the Lua half asks for, when an action has
   returned. */
void connection_methods_open(lua_State *L);

/* Makes the one handle of a connection and anchors it in the session. */
void connection_make_handle(lua_State *L, struct session *session);

/* Pushes the handle of a connection that has a session. */
void connection_push(lua_State *L, const struct connection *connection);

/* The connection of the handle at `index`, NULL if it is gone; raises if there
   is no connection. */
struct connection *connection_check(lua_State *L, int index);

/* Reads a close code and a reason at `index` and behind it; *code and `reason`
   are the defaults, which are allowed as well. Raises for what a script may not
   close with. */
const char *connection_check_close(lua_State *L, int index, int *code,
                                   const char *reason);

/* Keeps what a handle shows (user, address, …) for the time after the end. */
void connection_freeze(lua_State *L, struct connection *connection);

/* Pushes the table in which messages wait for their turn. */
void connection_push_queue(lua_State *L, struct connection *connection);

/* Sends the value at `index` to the connection whose handle is at 1, if it is a
   message. */
void connection_deliver(lua_State *L, int index);

/* Whether the peer of the handle at 1 waits for an answer that the run now owes
   it: nobody has given it, and the run has started nothing that still may. */
bool connection_is_owed(lua_State *L);

/* --- users (user.c) --- */

void user_class_open(lua_State *L);
void user_push(lua_State *L, const struct user *user);

/* The user is gone: its handle is no longer kept. */
void user_forget(lua_State *L, struct user *user);

/* Reads a user's id at `index` as text (pushing it, the view is good while it
   is on the stack); raises unless it may be an id. */
struct text user_check_id(lua_State *L, int index, bool *is_integer);

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

/* --- messages (message.c, message_decode.c) --- */

enum { MESSAGE_COMMAND_MAX = 128, MESSAGE_ID_MAX = 64 /* bytes */ };
enum { MESSAGE_FIELDS = 3 };

void message_class_open(lua_State *L);

/* What decoding one text frame gave. */
struct envelope {
  bool is_valid;
  bool took_too_long;    /* it was not read to its end: its sender has to go */
  bool has_id;           /* it is on the stack */
  struct text command;   /* good while the message is on the stack */
  struct text body;      /* of a valid one, as it lies in the text; */
  struct text id;        /* likewise; no bytes: absent, as a null id is */
  const char *complaint; /* what was wrong, without a word of the sender's */
};

/* Decodes [command, body, id] and pushes the message, or, if it is invalid, the
   complaint; and above that the id, if one could be read. */
struct envelope message_decode(lua_State *L, const char *bytes, size_t size);

/* Whether the value at `index` may be a message's id. */
bool message_is_id(lua_State *L, int index);

/* Whether the value at `index` is a message. */
bool message_is(lua_State *L, int index);

/* Whether what a client sent, at `index`, is outside of the protocol: a table
   without a class. */
bool message_is_raw(lua_State *L, int index);

/* Which id the value at `index` is, for `awaited` of a connection; not 0. */
uint64_t message_hash_id(lua_State *L, int index);

/* Encodes the message at `index`, or (command, body) there in its place, into
   a new message; raises for what cannot be said. The caller unrefs it. *next,
   unless NULL, becomes the index behind. */
struct message *message_check(lua_State *L, int index, int *next);

/* The same with an id of Base's own, "$<ticket>". */
struct message *message_check_call(lua_State *L, int index, int *next,
                                   uint64_t ticket);

/* Sends [command, {…}, id] where id is the value at `id_index`, or none (0). */
void message_send_error(lua_State *L, struct connection *connection,
                        const char *code, const char *text, int id_index);

/* --- everybody (world.c), time (time.c), what has happened
   (counters.c), what no script may escape (guard.c), the log
   (log.c), texts (text.c), the rest (core.c) --- */

void world_open(lua_State *L);
void time_open(lua_State *L);

/* What was started while files loaded begins, and what the load before had
   started ends; or it ends at once. */
void time_load_succeeded(lua_State *L);
void time_load_failed(lua_State *L);

void core_open(lua_State *L);
void core_log_open(lua_State *L);
void core_text_open(lua_State *L);
void guard_open(lua_State *L);
void shell_open(lua_State *L);

/* Pushes the fewest digits that a number reads back from, as JSON has it; or
   "nan", "inf", "-inf". */
void number_push_shortest(lua_State *L, lua_Number number);

/* Pushes the text of the value at `index`, a number in the locale of C:
   luaL_tolstring obeys the one that a script has set. */
void number_push(lua_State *L, int index);

void counters_open(lua_State *L);

/* --- HTTP (http.c) --- */

void http_open(lua_State *L);

/* Starts the handler of HTTP requests. */
void http_serve(struct scripts *scripts, struct exchange *exchange);

/* Pushes {method=, path=, query_string=, query=, query_list=, headers=,
   cookies=} of a head (request.c). */
void request_push(lua_State *L, const struct head *head);

/* --- requests that scripts make (http_client.c) --- */

void pending_request_class_open(lua_State *L);

#endif
