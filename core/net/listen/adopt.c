#include "net/listen/adopt.h"

#include "net/peer/client.h"
#include "net/socket/arrival.h"
#include "net/socket/state.h"
#include "net/socket/transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

void adopt(struct net *net, struct arrival *arrival, int descriptor) {
  int one = 1;
  if (!client_arrive(net, arrival)) {
    close(descriptor);
    return;
  }
  if (!arrival->is_local)
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  transport_adopt(net, arrival, descriptor);
  address_limit_leave(&net->address_limit,
                      &arrival->place); /* if no socket has taken it */
}
