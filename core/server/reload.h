#ifndef BASE_SERVER_RELOAD_H
#define BASE_SERVER_RELOAD_H

/*
** Loads the project and the certificate again; connections stay open.
*/

/* `context` is the struct server; it is a `void *` because watch.h calls this
   as a callback. */
void reload(void *context);

#endif
