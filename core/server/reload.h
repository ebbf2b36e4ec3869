#ifndef BASE_SERVER_RELOAD_H
#define BASE_SERVER_RELOAD_H

/*
** Loading the project and the certificate again, while everybody stays.
*/

/* `server` is a struct server; `void *`, as who watches files calls it. */
void reload(void *server);

#endif
