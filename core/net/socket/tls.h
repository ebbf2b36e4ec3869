#ifndef BASE_NET_SOCKET_TLS_H
#define BASE_NET_SOCKET_TLS_H

/*
** The certificate and key for new connections. They are looked up at each
** handshake: after a reload new connections get the new pair, and open ones
** keep theirs.
*/
#include <stdbool.h>

struct config;
struct socket;
struct ssl_ctx_st;
struct tls;

struct tls_trouble {
  const char *setting; /* the setting of base.lua that is wrong */
  char text[512];
};

/* Checks whether the pair that the config names loads; if not, sets
 *trouble. */
bool tls_check(const struct config *config, struct tls_trouble *trouble);

/* Loads the pair that the config names. NULL after a log line. */
struct tls *tls_new(const struct config *config);
void tls_free(struct tls *tls);

/* Loads the pair again. When that fails, logs it, changes nothing and returns
   false. */
bool tls_reload(struct tls *tls, const struct config *config);

/* Makes a server's context use the pair. */
void tls_attach(struct tls *tls, struct ssl_ctx_st *server);

/* Has the socket ended when its peer sends too many records without data
   (tls/records.h). To be called before its handshake. */
void tls_watch(struct socket *socket);

/* The socket is gone. */
void tls_forget(const struct socket *socket);

/* To be called when data came in another way than tls_take_record. Returns the
   number of records: its own, and those without data before it. */
unsigned tls_brought_data(const struct socket *socket);

/* From here on one read of the socket takes all that is there; without this
   OpenSSL reads the 5 bytes of each record's header first. To be called only
   after the handshake: the loop would not report what was read beyond it. */
void tls_read_ahead(const struct socket *socket);

/* Takes the next record that a read has brought, up to 16 KB. *bytes is good
   until the next call, and *records grows as tls_brought_data says. Returns its
   size; 0 when there is no whole record; -1 when the peer has ended or broke
   the protocol. */
int tls_take_record(struct tls *tls, const struct socket *socket, char **bytes,
                    unsigned *records);

/* Whether there may be another record. */
bool tls_has_record(const struct socket *socket);

/* Sends close_notify if the socket has TLS. */
void tls_shutdown(const struct socket *socket);

#endif
