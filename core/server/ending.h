#ifndef BASE_SERVER_ENDING_H
#define BASE_SERVER_ENDING_H

/*
** The end in order: nobody new comes, what runs ends within `drain`, the
** scripts are stopped, the sockets are closed, and the loop stops.
*/
struct server;

/* To be called once, before the others. */
void ending_prepare(struct server *server);

/* Begins it: connections are closed with `close_code`, and the process exits
   with `status`. Without effect when it has begun. */
void ending_begin(struct server *server, int close_code, int status);

/* A signal says so; a second one ends at once. */
void ending_terminate(struct server *server, int number);

/* To be called between turns while it goes on. */
void ending_go_on(struct server *server);

#endif
