#include "lua/session/joining.h"

#include "bus/bus.h"
#include "lib/buffer.h"
#include "lib/json.h"
#include "lua/object/objects.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/wait.h"
#include "model/channel.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/epoch.h"
#include "model/membership.h"
#include "model/presence.h"
#include "model/registry.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 10000 /* milliseconds */ };

/* A join that waits for the state of the channel. */
struct pending_join {
  struct bus_call call;
  struct joining joining;
  struct scripts *scripts;
  uint64_t ticket;   /* of the task that waits, or 0 */
  const char *word;  /* why it failed, or NULL */
  bool is_new;       /* the connection was not in the channel before */
  bool is_by_script; /* a script lets it in; else a client wants to join */
  bool is_answered;
  bool is_left;    /* nobody waits for it: the answer frees it */
  bool was_raised; /* the script that wanted to wait could not */
  bool wants_missed;
  bool has_since;
  uint8_t channel_size;
  uint16_t id_size;
  char channel[CHANNEL_NAME_MAX];
  char id[8 * MESSAGE_ID_MAX]; /* as JSON, escaped */
};

/* --- $joined --- */

void kept_print(const struct bus_answer *answer, struct buffer *buffer) {
  for (size_t i = 0; i < answer->kept_count; i++) {
    const struct bus_kept *kept = &answer->kept[i];
    if (i > 0) buffer_append(buffer, ",", 1);
    buffer_append(buffer, "[", 1);
    buffer_append(buffer, kept->message.bytes, kept->message.size);
    buffer_print(buffer, ",%" PRIu64 "]", kept->position);
  }
}

static void print_body(const struct pending_join *pending,
                       const struct bus_answer *answer, struct buffer *buffer) {
  struct presence *presence = pending->joining.channel->presence;
  char epoch[EPOCH_TEXT_SIZE];
  const char *comma = "";
  if (answer->epoch) {
    epoch_print(answer->epoch, epoch);
    buffer_print(buffer, "\"epoch\":\"%s\"", epoch);
    comma = ",";
  }
  if (pending->has_since) {
    buffer_print(buffer, "%s\"recovered\":%s", comma,
                 answer->is_recovered ? "true" : "false");
    comma = ",";
  }
  if (pending->wants_missed) {
    buffer_print(buffer, "%s\"missed\":[", comma);
    kept_print(answer, buffer);
    buffer_append(buffer, "]", 1);
    comma = ",";
  }
  if (presence) {
    buffer_append_string(buffer, comma);
    presence_show(presence, pending->joining.connection, buffer);
  }
}

/* Prints `["$joined",{…},1,"room:42",20]`. */
static struct message *make_joined(const struct pending_join *pending,
                                   const struct bus_answer *answer) {
  struct buffer *buffer = &pending->scripts->text;
  buffer_clear(buffer);
  buffer_append_string(buffer, "[\"$joined\",{");
  print_body(pending, answer, buffer);
  buffer_append_string(buffer, "},");
  if (pending->id_size > 0)
    buffer_append(buffer, pending->id, pending->id_size);
  else
    buffer_append_string(buffer, "null");
  buffer_append(buffer, ",", 1);
  json_print_string(buffer, pending->channel, pending->channel_size);
  if (answer->epoch) buffer_print(buffer, ",%" PRIu64, answer->position);
  buffer_append(buffer, "]", 1);
  struct message *message =
      buffer->failed ? NULL
                     : message_new(MESSAGE_TEXT, buffer->bytes, buffer->size);
  if (message) message->is_promised = true;
  buffer->failed = false;
  return message;
}

/* --- the answer of the bus --- */

/* A member stays one. It was told nothing of the others meanwhile. */
static void stay(struct pending_join *pending, struct connection *connection) {
  struct presence *presence = pending->joining.channel->presence;
  joining_finish(&pending->joining, connection, 1, 0);
  if (presence) presence_renew(presence);
}

/* Gives the join up: who was not in the channel before is not in it after. A
   member that has missed messages, or that a script has let in, has to leave,
   and is told so. */
static void give_up(struct pending_join *pending, struct connection *connection,
                    const char *word) {
  struct channel *channel = pending->joining.channel;
  pending->word = word;
  if (!channel)
    joining_end(&pending->joining);
  else if (pending->is_new && !pending->is_by_script)
    channel_leave(channel, connection, LEAVING_LEFT);
  else if (pending->joining.has_failed && connection->session)
    session_leave_channel(connection->session, channel_name(channel),
                          "too many messages came while it joined");
  else
    stay(pending, connection);
}

/* Whether the script that waits for it has been told an error meanwhile. */
static bool is_too_late(const struct pending_join *pending) {
  return pending->was_raised ||
         (pending->ticket &&
          !task_find_ticket(pending->scripts, pending->ticket));
}

/* Why the connection may not be in the channel; NULL: it may. Whom a script has
   let in stays there even if the bus fails. */
static const char *find_objection(const struct pending_join *pending,
                                  const struct connection *connection,
                                  const struct bus_answer *answer) {
  if (!connection->session) return "closed";
  if (!pending->joining.channel) return "left";
  if (pending->joining.has_failed) return "busy";
  if (pending->is_by_script) return NULL;
  return is_too_late(pending) ? "timeout" : answer->word;
}

/* The first position that `$joined` stands for. A member that joins again
   without saying what it has seen still gets what it was not told. */
static uint64_t first_told(const struct pending_join *pending,
                           const struct bus_answer *answer) {
  if (pending->is_new || pending->has_since) return 1;
  return answer->kept_count > 0 ? answer->kept[0].position
                                : answer->position + 1;
}

static void finish(struct pending_join *pending, struct connection *connection,
                   const struct bus_answer *answer) {
  const struct bus_answer nothing = {0};
  struct message *message = NULL;
  const char *word = find_objection(pending, connection, answer);
  if (answer->word) answer = &nothing;
  if (!word) {
    message = make_joined(pending, answer);
    if (!message) word = "memory";
  }
  if (word) {
    give_up(pending, connection, word);
    return;
  }
  if (!session_is_raw(connection->session))
    connection_send(connection, message);
  message_unref(message);
  joining_finish(&pending->joining, connection, first_told(pending, answer),
                 answer->position);
}

static int push_result(lua_State *L, const char *word) {
  if (!word) {
    lua_pushboolean(L, true);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, word);
  return 2;
}

static int enter_joined(lua_State *L) {
  const struct pending_join *pending = lua_touserdata(L, 1);
  struct task *task = task_find_ticket(pending->scripts, pending->ticket);
  if (!task) return 0;
  int count = push_result(L, pending->word);
  lua_xmove(L, task->thread, count);
  task_wake(task, count);
  return 0;
}

static void on_state(struct bus_call *call, const struct bus_answer *answer) {
  struct pending_join *pending = owner_of(call, struct pending_join, call);
  struct scripts *scripts = pending->scripts;
  struct connection *connection =
      connection_find(scripts->registry, pending->joining.connection);
  if (connection) {
    finish(pending, connection, answer);
  } else {
    joining_end(&pending->joining);
    pending->word = "closed";
  }
  pending->is_answered = true;
  if (pending->ticket) scripts_enter(scripts, enter_joined, pending);
  if (pending->ticket || pending->is_left) free(pending);
}

/* --- joining --- */

static struct pending_join *pending_new(struct session *session,
                                        const struct join *join) {
  struct pending_join *pending = calloc(1, sizeof *pending);
  if (!pending) return NULL;
  pending->call.on_answer = on_state;
  pending->scripts = session->scripts;
  pending->is_by_script = join->is_by_script;
  pending->has_since = join->has_since;
  pending->wants_missed = join->has_since || join->last > 0;
  pending->channel_size = (uint8_t)join->channel.size;
  memcpy(pending->channel, join->channel.bytes, join->channel.size);
  assert(join->id.size <= sizeof pending->id);
  pending->id_size = (uint16_t)join->id.size;
  if (join->id.size > 0) memcpy(pending->id, join->id.bytes, join->id.size);
  return pending;
}

static void ask_state(struct pending_join *pending, const struct join *join) {
  struct scripts *scripts = pending->scripts;
  struct bus_read read = {.channel = {pending->channel, pending->channel_size},
                          .after = join->has_since ? join->since : 0,
                          .limit = join->last,
                          .bytes = scripts->config->limits.queue_size,
                          .is_recovery = join->has_since,
                          .epoch = join->epoch};
  /* Without a wish for messages only the state is asked for. */
  if (!pending->wants_missed) read.after = UINT64_MAX;
  bus_read(scripts->bus, &pending->call, &read);
}

static int wait_for_state(lua_State *L, struct pending_join *pending,
                          bool waits) {
  pending->is_left = true;
  if (!waits) return push_result(L, NULL);
  pending->was_raised = true; /* unless the script may wait */
  struct task *task = task_check_wait(L);
  uint64_t ticket = task_take_ticket(L, task);
  pending->was_raised = pending->is_left = false;
  pending->ticket = ticket;
  return task_wait(L, task, PATIENCE, "timeout");
}

/* A join of the connection waits already. A script lets it in all the same:
   from here on it is the script's. */
static int join_again(lua_State *L, struct connection *connection,
                      struct channel *channel, const struct join *join) {
  if (!join->is_by_script) return push_result(L, "busy");
  struct joining *joining = joining_find(channel, connection->id);
  if (joining)
    owner_of(joining, struct pending_join, joining)->is_by_script = true;
  if (join->info.bytes) (void)channel_join(channel, connection, join->info);
  return push_result(L, NULL);
}

int join_channel(lua_State *L, struct session *session, const struct join *join,
                 bool waits) {
  struct scripts *scripts = session->scripts;
  struct connection *connection = session->connection;
  struct channel *channel = channel_open(scripts->registry, join->channel);
  if (channel && membership_is_joining(connection, channel))
    return join_again(L, connection, channel, join);
  struct pending_join *pending = channel ? pending_new(session, join) : NULL;
  if (!pending) return luaL_error(L, "out of memory");
  pending->is_new = !membership_find(connection, channel);
  enum join_result result = channel_join(channel, connection, join->info);
  if (result == JOIN_DONE &&
      !joining_begin(&pending->joining, channel, connection)) {
    if (pending->is_new) channel_leave(channel, connection, LEAVING_LEFT);
    result = JOIN_NO_MEMORY;
  }
  if (result != JOIN_DONE) {
    free(pending);
    if (result == JOIN_NO_MEMORY) return luaL_error(L, "out of memory");
    return push_result(L, "limit");
  }
  ask_state(pending, join);
  if (!pending->is_answered) return wait_for_state(L, pending, waits);
  const char *word = pending->word;
  free(pending);
  return push_result(L, word);
}

/* --- leaving --- */

static void send_left(struct session *session, struct text channel,
                      const char *reason) {
  struct buffer buffer = {0};
  if (session_is_raw(session)) return;
  buffer_append_string(&buffer, "\"$left\",");
  if (reason) {
    buffer_append_string(&buffer, "{\"reason\":");
    json_print_string(&buffer, reason, strlen(reason));
    buffer_append(&buffer, "}", 1);
  } else {
    buffer_append_string(&buffer, "null");
  }
  struct text text = {buffer.bytes, buffer.size};
  struct message *message =
      buffer.failed ? NULL : channel_message(text, channel, 0);
  buffer_free(&buffer);
  if (message) connection_send(session->connection, message);
  message_unref(message);
}

bool session_leave_channel(struct session *session, struct text name,
                           const char *reason) {
  struct connection *connection = session->connection;
  struct channel *channel = channel_find(connection->registry, name);
  if (!channel || !channel_leave(channel, connection, LEAVING_LEFT))
    return false;
  send_left(session, name, reason);
  return true;
}

void session_leave_channels(struct session *session, const char *reason) {
  struct connection *connection = session->connection;
  while (connection->membership_count > 0) {
    const struct membership *last =
        &connection->memberships[connection->membership_count - 1];
    session_leave_channel(session, channel_name(last->channel), reason);
  }
}
