#include "net/ws/opening.h"

#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"
#include "net/socket/http_answer.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/socket/upgrade.h"
#include "net/ws/extension.h"
#include "net/ws/handshake.h"
#include "net/ws/websocket.h"

#include <stdlib.h>

static const struct http_error no_memory = {.status = 503,
                                            .why = "out of memory"};

static bool accept_upgrade(struct socket *socket, struct head *head,
                           struct http_error *error) {
  const struct net *net = socket->net;
  struct extension accepted;
  struct message *answer = NULL;
  if (handshake_check(head, net->config, &net->registry->limit_hits, &accepted,
                      error)) {
    *error = no_memory;
    answer = handshake_answer(head, &accepted);
  }
  if (!answer) {
    free(head);
    return false;
  }
  bool is_open = websocket_open(socket, head, answer);
  message_unref(answer);
  if (is_open) socket->window = (uint8_t)accepted.window;
  return is_open;
}

static void refuse_lost_handshake(struct socket *socket,
                                  struct http_error *error) {
  handshake_refuse_lost(&socket->net->registry->limit_hits, error);
}

const struct upgrade websocket_upgrade = {.accept = accept_upgrade,
                                          .refuse_lost = refuse_lost_handshake};
