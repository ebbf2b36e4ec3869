#ifndef BASE_SERVER_LOOP_H
#define BASE_SERVER_LOOP_H

/*
** One turn of the loop: before it waits, and when it has waited.
*/
struct server;

/* Makes the loop's clock the one of server->timers. */
void loop_open_timers(struct server *server);

/* From here on the parts have their turns. */
void loop_start(struct server *server);
void loop_stop(struct server *server);

#endif
