#ifndef BASE_SOCKET_CALLBACK_H
#define BASE_SOCKET_CALLBACK_H

/*
** What libwebsockets says of a socket: that it is there, has bytes, takes
** bytes, is gone.
*/
#include <libwebsockets.h>

/* The callback of net's one protocol; `user` is the struct socket. */
int socket_callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *in, size_t size);

#endif
