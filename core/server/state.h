#ifndef BASE_SERVER_STATE_H
#define BASE_SERVER_STATE_H

/*
** What the files of server/ share: the one struct server. Only they include
** this.
*/
#include "lib/timers.h"
#include "model/config.h"
#include "model/registry.h"
#include "server/activation.h"
#include "server/handover/drain.h"
#include "server/handover/predecessor.h"
#include "server/notify.h"
#include "server/server.h"
#include "server/signals.h"
#include "server/turn.h"
#include "server/watch.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct http_client;
struct net;
struct scripts;
struct successor;
struct watch;

struct server {
  uv_loop_t loop;
  const char *project; /* its path, which begins at the root */
  struct config config;
  struct timers timers;
  struct registry registry;
  struct scripts *scripts;
  struct net *net;
  struct http_client *http_client;
  struct watch *watch;
  struct watch_source watched;
  struct successor *successor;
  struct predecessor predecessor;
  struct activation activation;
  struct notify notify;
  uv_prepare_t prepare;
  uv_check_t check;
  struct turn turn;
  struct timers_look look; /* before the poll */
  uv_timer_t alarm;        /* ends the poll at the next deadline of `timers` */
  struct signals signals;
  uint64_t alarm_at;    /* of the loop's clock, or 0 */
  struct drain drain;   /* of everybody, to the new process */
  struct timer end;     /* limits the drain, then the closing */
  uint64_t drain_until; /* of the clock of `timers` */
  bool is_ending;
  bool is_told;    /* to end, by a signal: a second one is at once */
  bool exit_asked; /* by a script: ends before the next turn */
  bool is_stopped; /* the scripts were ended; only closing is left */
  int status;
};

/* Makes the loop, the registry and the scripts. False after a log line; to be
   closed all the same. */
bool server_open(struct server *server, const struct server_options *options);
void server_close(struct server *server);

#endif
