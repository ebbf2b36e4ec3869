#ifndef BASE_SERVER_ENDING_H
#define BASE_SERVER_ENDING_H

/*
** The orderly end: no new client is accepted, what runs may finish within
** `drain`, then the scripts are stopped, the sockets are closed, and the loop
** stops.
*/
struct server;

/* Call once, before the others. */
void ending_prepare(struct server *server);

/* Begins the end: connections are closed with `close_code`, and the process
   exits with `status`. Without effect when the end has begun. */
void ending_begin(struct server *server, int close_code, int status);

/* A signal asks for the end; a second one ends at once. */
void ending_terminate(struct server *server, int number);

/* Call between turns while the end goes on. */
void ending_go_on(struct server *server);

#endif
