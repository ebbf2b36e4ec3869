#ifndef BASE_TLS_H
#define BASE_TLS_H

/*
** The certificate and key that new connections are shown. They are looked up at
** each handshake, so that reading them again replaces them for whoever comes
** next, and for nobody else.
*/
#include <stdbool.h>

struct config;
struct lws;
struct ssl_ctx_st;
struct tls;

/* Loads the pair that the config names. NULL after a log line. */
struct tls *tls_new(const struct config *config);
void tls_free(struct tls *tls);

/* Loads it again. False, changing nothing, after a log line. */
bool tls_reload(struct tls *tls, const struct config *config);

/* Makes a server's context use it. */
void tls_attach(struct tls *tls, struct ssl_ctx_st *server);

/* Says goodbye (close_notify) on a socket that has TLS. */
void tls_shutdown(struct lws *wsi);

#endif
