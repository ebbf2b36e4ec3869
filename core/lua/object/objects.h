#ifndef BASE_LUA_OBJECT_OBJECTS_H
#define BASE_LUA_OBJECT_OBJECTS_H

/*
** The objects that scripts hold: handles of connections and users, and
** messages. A handle contains an id and no pointer that could dangle.
*/
#include "lib/text.h"
#include "lua/vm/vm.h"
#include "model/message.h"

struct connection;
struct head;
struct user;

/* --- connections (connection.c) --- */

/* Makes the class with the methods in the table at the top, which it takes. The
   table below is core. */
void connection_class_open(lua_State *L);

/* Makes the one handle of a connection. The connection keeps it until
   connection_drop_handle. */
void connection_make_handle(lua_State *L, struct connection *connection);
void connection_drop_handle(lua_State *L, struct connection *connection);

/* Pushes the handle of a connection that has a session. */
void connection_push(lua_State *L, const struct connection *connection);

/* The connection of the handle at `index`, NULL if it is gone; raises if the
   value is not a handle. */
struct connection *connection_check(lua_State *L, int index);

/* The same, but NULL also when it takes no messages any more. */
struct connection *connection_check_open(lua_State *L, int index);

/* Keeps the fields of the handle (user, address, …) for scripts that read them
   after the connection has closed. */
void connection_freeze(lua_State *L, struct connection *connection);

/* Pushes the table in which messages wait for their turn. */
void connection_push_queue(lua_State *L, struct connection *connection);

/* --- users (user.c) --- */

/* As connection_class_open. */
void user_class_open(lua_State *L);

void user_push(lua_State *L, const struct user *user);

/* The same for a user that a connection has just joined: its fields are those
   of the table at `fields` from now on, and its handle is kept. */
void user_push_joined(lua_State *L, struct user *user, int fields);

/* Merges the fields of the table at `fields` into those of the handle at
   `index`. */
void user_update(lua_State *L, int index, int fields);

/* The id of the handle at `index`; raises if the value is not a handle. */
struct text user_check_handle(lua_State *L, int index);

/* The user of the handle at `index`, NULL if it is not connected; raises
   likewise. */
struct user *user_check(lua_State *L, int index);

/* The user is gone: releases its handle. */
void user_forget(lua_State *L, struct user *user);

/* Reads a user's id at `index` as text. Pushes the text; the view is valid
   while it is on the stack. Raises for an invalid id. */
struct text user_check_id(lua_State *L, int index, bool *is_integer);

/* --- channels (channel.c) --- */

/* As connection_class_open. */
void channel_class_open(lua_State *L);

/* Pushes the handle of the channel with this name. */
void channel_push(lua_State *L, struct text name);

/* The name of the handle at `index`, valid while that is on the stack; raises
   if the value is not a handle. */
struct text channel_check(lua_State *L, int index);

/* The same for a handle or a name; raises for an invalid name. */
struct text channel_check_name(lua_State *L, int index);

/* --- messages (message.c, message_encode.c, message_decode.c) --- */

enum {
  MESSAGE_COMMAND_MAX = 128,
  MESSAGE_ID_MAX = 64 /* bytes */
};
enum { MESSAGE_FIELDS = 4 };

void message_class_open(lua_State *L);

/* What an answer to a message carries: where the message's id and channel lie
   on the stack; 0: it has none. */
struct reply_to {
  int id;
  int channel;
};

/* The result of decoding one text frame. */
struct envelope {
  bool is_valid;
  bool took_too_long;    /* it was not decoded to its end: its connection must
                            be closed */
  bool is_channel;       /* of a valid message: it has a channel, or its command
                            begins with $ */
  struct reply_to to;    /* of an invalid message: what could be read of it */
  struct text command;   /* valid while the message is on the stack */
  struct text body;      /* of a valid message: its body as it stands in the
                            text */
  struct text id;        /* likewise; NULL bytes: no id, or null */
  struct text channel;   /* its name, valid while the message is on the stack;
                            NULL bytes: no channel, or null */
  const char *complaint; /* what is wrong, without any text of the sender */
};

/* Decodes [command, body, id, channel] and pushes the message, or, if it is
   invalid, the complaint; and above that what `to` of the envelope names. */
struct envelope message_decode(lua_State *L, const char *bytes, size_t size);

/* Whether the value at `index` may be a message's id. */
bool message_is_id(lua_State *L, int index);

/* Whether the value at `index` may be a message's channel. */
bool message_is_channel(lua_State *L, int index);

/* Whether the message at `index` is for a channel: it has one, or its command
   begins with $. A raw message never is. */
bool message_is_for_channel(lua_State *L, int index);

/* Whether the value at `index` is a message. */
bool message_is(lua_State *L, int index);

/* Whether the message at `index` is a raw one, outside of the protocol: a table
   without a class. */
bool message_is_raw(lua_State *L, int index);

/* A hash of the id at `index`, for `awaited` of a connection; never 0. */
uint64_t message_hash_id(lua_State *L, int index);

/* Encodes the message at `index`, or (command, body) there, into a new message;
   raises for what cannot be encoded, and for a command that begins with $. The
   caller unrefs it. *next, unless NULL, becomes the index behind. */
struct message *message_check(lua_State *L, int index, int *next);

/* The same for a value that may be anything: NULL if it is no message. */
struct message *message_encode(lua_State *L, int index);

/* As message_check, with an id of Base's own, "$<ticket>". */
struct message *message_check_call(lua_State *L, int index, int *next,
                                   uint64_t ticket);

/* Encodes a message of Base's own, whose command may begin with $, of the
   values at these indices; 0: it has none. Raises for what cannot be encoded.
   The caller unrefs it. */
struct message *message_encode_reply(lua_State *L, int command, int body,
                                     int id, int channel);

/* Prints `"command",body` of the message at `index`, or of (command, body)
   there, after clearing `text`: an array without its brackets, to which other
   elements may be added. Raises as message_check does. Returns how many bytes
   it printed. */
uint32_t message_print_core(lua_State *L, int index, int *next,
                            struct buffer *text);

/* Sends ["error", { code, message }, id, channel]. */
void message_send_error(lua_State *L, struct connection *connection,
                        const char *code, const char *text, struct reply_to to);

/* --- requests (request.c) and numbers --- */

/* Pushes {method=, path=, query_string=, query=, query_list=, headers=,
   cookies=} of a head (request.c). */
void request_push(lua_State *L, const struct head *head);

/* Pushes the shortest text that reads back as the number, as in JSON; or "nan",
   "inf", "-inf". */
void number_push_shortest(lua_State *L, lua_Number number);

/* Pushes the text of the value at `index`, with numbers in the locale of C;
   luaL_tolstring would use the locale that a script has set. */
void number_push(lua_State *L, int index);

#endif
