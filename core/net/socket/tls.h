#ifndef BASE_NET_SOCKET_TLS_H
#define BASE_NET_SOCKET_TLS_H

/*
** The certificate and key that new connections are shown. They are looked up at
** each handshake, so that reading them again replaces them for whoever comes
** next, and for nobody else.
*/
#include <stdbool.h>

struct config;
struct socket;
struct ssl_ctx_st;
struct tls;

struct tls_trouble {
  const char *setting; /* of base.lua, that is wrong */
  char text[512];
};

/* Whether the pair that the config names loads; or what is wrong. */
bool tls_check(const struct config *config, struct tls_trouble *trouble);

/* Loads the pair that the config names. NULL after a log line. */
struct tls *tls_new(const struct config *config);
void tls_free(struct tls *tls);

/* Loads it again. False, changing nothing, after a log line. */
bool tls_reload(struct tls *tls, const struct config *config);

/* Makes a server's context use it. */
void tls_attach(struct tls *tls, struct ssl_ctx_st *server);

/* Has the socket ended when its peer sends one record after the other that
   brings no data (tls/records.h); to be called before its handshake. */
void tls_watch(struct socket *socket);

/* The socket is gone. */
void tls_forget(const struct socket *socket);

/* Data has come that was not taken with tls_take_record. Returns with how many
   records: its own, and those that brought nothing before it. */
unsigned tls_brought_data(const struct socket *socket);

/* From here on one read of the socket takes all that is there, and no longer
   the head of each record (5 bytes) and then the rest. To be called when the
   handshake is over: what would be read behind its end waits for ever. */
void tls_read_ahead(const struct socket *socket);

/* Takes the next record of those that one read has brought, up to 16 KB: *bytes
   is good until the next call, and *records grows as tls_brought_data says. 0:
   there is none, or not the whole of it yet; -1: the peer has ended, or talks
   nonsense. */
int tls_take_record(struct tls *tls, const struct socket *socket, char **bytes,
                    unsigned *records);

/* Whether there may be one. */
bool tls_has_record(const struct socket *socket);

/* Says goodbye (close_notify) on a socket that has TLS. */
void tls_shutdown(const struct socket *socket);

#endif
