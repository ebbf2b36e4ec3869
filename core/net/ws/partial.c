#include "net/ws/partial.h"

#include "net/socket/socket.h"
#include "net/socket/state.h"

#include <stdlib.h>
#include <string.h>

struct websocket *partial_get(struct socket *socket) {
  if (!socket->websocket) {
    socket->websocket = calloc(1, sizeof *socket->websocket);
  }
  return socket->websocket;
}

bool partial_has_more(const struct socket *socket) {
  return socket->websocket && socket->websocket->behind.size > 0;
}

void partial_drop_more(struct socket *socket) {
  struct websocket *websocket = socket->websocket;
  if (!websocket) return;
  socket->net->behind -= websocket->behind.size;
  buffer_free(&websocket->behind);
  websocket->behind_from = 0;
}

void partial_free(struct socket *socket) {
  if (!socket->websocket) return;
  partial_drop_more(socket);
  buffer_free(&socket->websocket->message);
  charge_end(&socket->websocket->charge);
  free(socket->websocket);
  socket->websocket = NULL;
}

static bool is_unfinished(const struct websocket *websocket) {
  return websocket->header_size > 0 || websocket->is_in_frame ||
         websocket->kind != 0 || websocket->behind.size > 0 ||
         websocket->reason[0] != '\0';
}

void partial_free_if_done(struct socket *socket) {
  if (socket->websocket && !is_unfinished(socket->websocket)) {
    partial_free(socket);
  }
}

void partial_keep_reason(struct socket *socket, const char *bytes,
                         size_t size) {
  struct websocket *websocket = size > 0 ? partial_get(socket) : NULL;
  if (!websocket || websocket->reason[0]) return;
  if (size > CLOSE_REASON_MAX) size = CLOSE_REASON_MAX;
  memcpy(websocket->reason, bytes, size);
  websocket->reason[size] = '\0';
}
