#include "lua/session/queue.h"

#include "lua/object/objects.h"
#include "lua/session/costs.h"
#include "lua/session/session.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/connection_log.h"
#include "model/registry.h"

void queue_charge(struct session *session) {
  charge_connection(&session->charge, session->connection,
                    session->charge.bytes);
}

/* --- to the queue --- */

/* The queue may hold as many bytes as this many messages of the largest
   size. */
enum { LARGEST_WAITING = 4 };

enum limit_hit_cause queue_push(struct session *session, lua_State *L,
                                struct text text) {
  const struct limits *limits = &session->scripts->config->limits;
  uint64_t most = limits->pending_messages;
  if (most > 0 && session->queued >= most) return LIMIT_HIT_PENDING;
  if (session->queued > 0 && session->queued_bytes + text.size >
                                 LARGEST_WAITING * limits->message_size)
    return LIMIT_HIT_PENDING;
  if (memory_is_short(&session->scripts->run.memory)) return LIMIT_HIT_PENDING;
  uint64_t cost = cost_of_waiting(text.size);
  enum limit_hit_cause passed = cost_find_passed(session, cost);
  if (passed != LIMIT_HIT_CAUSES) return passed;
  session->queued_bytes += text.size;
  connection_push_queue(L, session->connection);
  if (message_is_raw(L, -2))
    lua_pushvalue(L, -2);
  else
    lua_pushlstring(L, text.bytes, text.size);
  lua_rawseti(L, -2, (lua_Integer)++session->last);
  lua_pop(L, 1);
  session->queued++;
  charge_connection(&session->charge, session->connection,
                    session->charge.bytes + cost);
  return LIMIT_HIT_CAUSES;
}

/* --- from the queue --- */

void queue_refuse_costly(struct session *session, size_t size) {
  if (limit_hit_add(&session->scripts->registry->limit_hits,
                    LIMIT_HIT_DECODING))
    connection_log(LOG_WARN, session->connection,
                   "closed: a message of %zu bytes took too long to decode",
                   size);
  connection_close(session->connection, CLOSE_RATE,
                   "a message took too long to decode");
}

/* Decodes the message at the top of L, which lies there as its bytes, unless it
   is a raw one. False when it took too long this time. */
static bool decode_again(struct session *session, lua_State *L) {
  size_t size;
  const char *bytes = lua_tolstring(L, -1, &size);
  int place = lua_gettop(L);
  if (!bytes) return true;
  struct envelope envelope = message_decode(L, bytes, size);
  lua_settop(L, place + 1); /* without the id and the channel */
  lua_replace(L, place);
  if (envelope.took_too_long) queue_refuse_costly(session, size);
  return !envelope.took_too_long;
}

/* The size of the message at the top of L, as it waits. */
static size_t bytes_of(lua_State *L) {
  if (lua_type(L, -1) == LUA_TSTRING) return lua_rawlen(L, -1);
  lua_rawgeti(L, -1, 2);
  size_t size = lua_rawlen(L, -1);
  lua_pop(L, 1);
  return size;
}

/* Removes the message at the top of L from the queue below it, where it lies at
   `place` and waited as `size` bytes, and drops the queue. */
static void take_out(struct session *session, lua_State *L, uint64_t place,
                     size_t size) {
  lua_pushnil(L);
  lua_rawseti(L, -3, (lua_Integer)place);
  lua_replace(L, -2);
  session->queued_bytes -= size;
  charge_connection(&session->charge, session->connection,
                    session->charge.bytes - cost_of_waiting(size));
  if (--session->queued > 0) return;
  session->first = session->last = session->passed = 0;
}

bool queue_take(struct session *session, lua_State *L, queue_test *may_run,
                uint64_t *cost) {
  bool may_overtake = session->phase == SESSION_AUTHENTICATING;
  uint64_t *place = may_overtake ? &session->passed : &session->first;
  connection_push_queue(L, session->connection);
  for (; *place < session->last; ++*place) {
    if (lua_rawgeti(L, -1, (lua_Integer)*place + 1) != LUA_TNIL) {
      size_t size = bytes_of(L);
      uint64_t before = cost_begin(session);
      if (!decode_again(session, L)) {
        lua_pop(L, 2);
        return false;
      }
      *cost = cost_since(session, before);
      if (may_run(session, L)) {
        take_out(session, L, *place + 1, size);
        return true;
      }
      if (!may_overtake) {
        lua_pop(L, 1);
        break;
      }
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return false;
}
