#ifndef BASE_SERVER_STATE_H
#define BASE_SERVER_STATE_H

/*
** The one struct server, which the files of server/ share. Only they include
** this.
*/
#include "lib/timers.h"
#include "model/config.h"
#include "model/registry.h"
#include "server/activation.h"
#include "server/handover/drain.h"
#include "server/handover/giving.h"
#include "server/handover/predecessor.h"
#include "server/handover/taking.h"
#include "server/notify.h"
#include "server/server.h"
#include "server/signals.h"
#include "server/turn.h"
#include "server/watch.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct bus;
struct http_client;
struct net;
struct scripts;
struct successor;
struct watch;

struct server {
  uv_loop_t loop;
  const char *project; /* its absolute path */
  struct config config;
  struct timers timers;
  struct registry registry;
  struct scripts *scripts;
  struct net *net;
  struct http_client *http_client;
  struct bus *bus;
  struct watch *watch;
  struct watch_source watched;
  struct successor *successor;
  struct giving giving; /* to the successor */
  struct predecessor predecessor;
  struct taking taking; /* from the predecessor */
  struct activation activation;
  struct notify notify;
  uv_prepare_t prepare;
  uv_check_t check;
  struct turn turn;
  struct timers_look look; /* taken before the poll */
  uv_timer_t alarm;        /* wakes the poll at the next deadline of `timers` */
  struct signals signals;
  uint64_t alarm_at;    /* when the alarm is due, by the loop's clock, or 0 */
  struct drain drain;   /* moves the connections to a successor */
  struct timer end;     /* limits the drain, then the closing of sockets */
  uint64_t drain_until; /* by the clock of `timers` */
  bool is_ending;
  bool is_told; /* a signal has asked for the end: a second one ends at once */
  bool exit_asked; /* a script called os.exit: the end begins before the next
                      turn */
  bool is_stopped; /* the scripts are stopped; the sockets are being closed */
  int status;
};

/* Makes the loop, the registry and the scripts. False after a log line;
   server_close is needed all the same. */
bool server_open(struct server *server, const struct server_options *options);
void server_close(struct server *server);

#endif
