#ifndef BASE_SERVER_LOOP_H
#define BASE_SERVER_LOOP_H

/*
** One turn of the loop: what is done before the poll and after it.
*/
struct server;

/* Opens server->timers with the loop's clock. */
void loop_open_timers(struct server *server);

/* Starts the handles that run the turns. */
void loop_start(struct server *server);
void loop_stop(struct server *server);

#endif
