/*
** A successor has taken over: sends the connections to it, each at a moment of
** its own.
*/
#include "lib/map.h"
#include "lua/scripts.h"
#include "lua/session/call.h"
#include "lua/session/inbox.h"
#include "lua/session/session.h"
#include "lua/vm/vm.h"
#include "model/connection.h"
#include "model/registry.h"

struct leaving {
  struct scripts *scripts;
  double part;
};

/* The connection's moment, from 0 to 1; independent of the random part of
   send_reconnect. */
static double leaving_moment(const struct scripts *scripts, uint64_t id) {
  uint64_t random = map_hash_id(map_hash_id(id) ^ scripts->end.seed);
  return (double)(random >> 11) * 0x1p-53;
}

static void send_away(struct connection *connection) {
  struct session *session = connection->session;
  connection->is_leaving = true;
  call_leave(session);
  inbox_run_next(session); /* it sends the connection away when no message is
                              left */
}

static int enter_send_away(lua_State *L) {
  struct leaving *leaving = lua_touserdata(L, 1);
  struct scripts *scripts = leaving->scripts;
  size_t cursor = 0;
  struct connection *each;
  while ((each = registry_next_connection(scripts->registry, &cursor))) {
    if (each->session && each->state == CONNECTION_OPEN && !each->is_leaving &&
        leaving_moment(scripts, each->id) <= leaving->part)
      send_away(each);
  }
  calls_left(scripts);
  return 0;
}

void scripts_be_replaced(struct scripts *scripts, int code) {
  scripts->end.is_replaced = true;
  scripts->end.code = (uint16_t)code;
}

void scripts_send_away(struct scripts *scripts, double part) {
  struct leaving leaving = {scripts, part};
  scripts_enter(scripts, enter_send_away, &leaving);
}
