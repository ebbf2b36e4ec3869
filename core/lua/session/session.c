#include "lua/session/session.h"

#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/registry.h"

struct session *session_find(struct scripts *scripts, uint64_t id) {
  struct connection *connection = connection_find(scripts->registry, id);
  return connection ? connection->session : NULL;
}

bool session_is_open(const struct session *session) {
  return session->connection->state == CONNECTION_OPEN;
}

bool session_is_raw(const struct session *session) {
  return session->scripts->config->takes_text;
}

bool session_is_quiet(const struct session *session) {
  return !session->busy && session->queued == 0 &&
         session->phase != SESSION_AUTHENTICATING;
}

bool session_is_authenticating(const struct session *session) {
  const struct task *task = session->scripts->tasks.current;
  return task && task->began == session->authenticating;
}

/* --- sending a client away --- */

/* The milliseconds over which reconnecting clients are spread. */
static uint64_t reconnect_spread(size_t connection_count) {
  uint64_t reconnect_spread = (uint64_t)connection_count * 10;
  if (reconnect_spread < 1000) return 1000;
  return reconnect_spread > 30000 ? 30000 : reconnect_spread;
}

/* Says after how many seconds to reconnect: one second and a random part of the
   time that all clients need. A client that moves to a successor has its own
   moment already and reconnects within a second. */
static void send_reconnect(struct session *session) {
  const struct scripts *scripts = session->scripts;
  uint64_t random = map_hash_id(session->connection->id ^ scripts->end.seed);
  size_t count = registry_connection_count(scripts->registry);
  unsigned after = scripts->end.is_replaced
                       ? (unsigned)(random % 1000)
                       : 1000 + (unsigned)(random % reconnect_spread(count));
  struct message *message = close_reconnect_message(after);
  if (!message) return;
  connection_send(session->connection, message);
  message_unref(message);
}

void session_send_away(struct session *session, int code, const char *reason) {
  if (!session_is_raw(session)) send_reconnect(session);
  connection_close(session->connection, code, reason);
}
