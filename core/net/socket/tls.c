#include "net/socket/tls.h"

#include "lib/log.h"
#include "model/config.h"
#include "net/socket/socket.h"
#include "net/socket/transport.h"
#include "tls/records.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls {
  SSL_CTX *pair; /* holds certificate, chain and key; makes no connections */
  char record[SSL3_RT_MAX_PLAIN_LENGTH]; /* where tls_take_record puts its
                                            bytes */
};

/* Notes OpenSSL's last error. */
static void note_failure(struct tls_trouble *trouble, const char *setting,
                         const char *what, const char *path) {
  unsigned long error = ERR_get_error();
  const char *why = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
                                            : ERR_reason_error_string(error);
  trouble->setting = setting;
  snprintf(trouble->text, sizeof trouble->text, "%s '%s' cannot be used: %s",
           what, path, why ? why : "unknown error");
  ERR_clear_error();
}

static bool is_mismatch(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_X509 &&
         ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
}

/* A certificate that is expired or not valid yet is used all the same: that is
   better than no server. */
static void warn_if_not_valid(const SSL_CTX *pair, const char *path) {
  const X509 *certificate = SSL_CTX_get0_certificate(pair);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    log_event(LOG_WARN, "tls: the certificate '%s' has expired", path);
  } else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    log_event(LOG_WARN, "tls: the certificate '%s' is not valid yet", path);
  }
}

static bool load_files(SSL_CTX *pair, const char *certificate, const char *key,
                       struct tls_trouble *trouble) {
  if (SSL_CTX_use_certificate_chain_file(pair, certificate) != 1) {
    note_failure(trouble, "tls.certificate", "the certificate", certificate);
    return false;
  }
  /* The first check finds a key of another pair, the second a key of another
     kind. */
  if (SSL_CTX_use_PrivateKey_file(pair, key, SSL_FILETYPE_PEM) != 1 &&
      !is_mismatch(ERR_peek_error())) {
    note_failure(trouble, "tls.key", "the key", key);
    return false;
  }
  if (SSL_CTX_check_private_key(pair) != 1) {
    trouble->setting = "tls.key";
    snprintf(trouble->text, sizeof trouble->text,
             "the key '%s' does not belong to the certificate '%s'", key,
             certificate);
    ERR_clear_error();
    return false;
  }
  warn_if_not_valid(pair, certificate);
  return true;
}

/* Without this, OpenSSL would ask the terminal for a passphrase. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type. */
static int refuse_passphrase(char *passphrase, int size, int is_writing,
                             void *context) {
  (void)passphrase;
  (void)size;
  (void)is_writing;
  (void)context;
  return -1;
}

static SSL_CTX *try_pair(const struct config *config,
                         struct tls_trouble *trouble) {
  *trouble = (struct tls_trouble){.setting = "tls",
                                  .text = "needs both a certificate and a key"};
  if (!config->certificate || !config->key) return NULL;
  ERR_clear_error();
  SSL_CTX *pair = SSL_CTX_new(TLS_server_method());
  if (!pair) {
    note_failure(trouble, "tls", "the certificate", config->certificate);
    return NULL;
  }
  SSL_CTX_set_default_passwd_cb(pair, refuse_passphrase);
  if (load_files(pair, config->certificate, config->key, trouble)) return pair;
  SSL_CTX_free(pair);
  return NULL;
}

static SSL_CTX *load_pair(const struct config *config) {
  struct tls_trouble trouble;
  SSL_CTX *pair = try_pair(config, &trouble);
  if (!pair) log_event(LOG_ERROR, "tls: %s", trouble.text);
  return pair;
}

bool tls_check(const struct config *config, struct tls_trouble *trouble) {
  SSL_CTX *pair = try_pair(config, trouble);
  SSL_CTX_free(pair);
  return pair != NULL;
}

struct tls *tls_new(const struct config *config) {
  struct tls *tls = calloc(1, sizeof *tls);
  if (!tls) return NULL;
  tls->pair = load_pair(config);
  if (tls->pair) return tls;
  free(tls);
  return NULL;
}

void tls_free(struct tls *tls) {
  if (!tls) return;
  SSL_CTX_free(tls->pair);
  free(tls);
}

bool tls_reload(struct tls *tls, const struct config *config) {
  SSL_CTX *pair = load_pair(config);
  if (!pair) return false;
  SSL_CTX_free(tls->pair);
  tls->pair = pair;
  return true;
}

/* OpenSSL calls this at each handshake for the certificate to show. */
static int on_handshake(SSL *ssl, void *context) {
  const struct tls *tls = context;
  STACK_OF(X509) *chain = NULL;
  SSL_CTX_get0_chain_certs(tls->pair, &chain);
  SSL_certs_clear(ssl);
  return SSL_use_cert_and_key(ssl, SSL_CTX_get0_certificate(tls->pair),
                              SSL_CTX_get0_privatekey(tls->pair), chain, 1);
}

/* The place of the socket in an SSL's extra data. */
static int socket_place = -1;

static void on_excess(SSL *ssl) {
  struct socket *socket = SSL_get_ex_data(ssl, socket_place);
  if (socket) socket_overrun(socket);
}

static const struct records_events records_events = {.excess = on_excess};

void tls_attach(struct tls *tls, SSL_CTX *server) {
  SSL_CTX_set_min_proto_version(server, TLS1_2_VERSION);
  SSL_CTX_set_cert_cb(server, on_handshake, tls);
  if (socket_place < 0)
    socket_place = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
  records_watch(server, &records_events);
}

void tls_watch(struct socket *socket) {
  SSL_set_ex_data(transport_tls(socket), socket_place, socket);
}

void tls_forget(const struct socket *socket) {
  SSL *ssl = transport_tls(socket);
  if (ssl) SSL_set_ex_data(ssl, socket_place, NULL);
}

unsigned tls_brought_data(const struct socket *socket) {
  return 1 + records_brought_data(transport_tls(socket));
}

void tls_read_ahead(const struct socket *socket) {
  SSL_set_read_ahead(transport_tls(socket), 1);
}

bool tls_has_record(const struct socket *socket) {
  return SSL_has_pending(transport_tls(socket)) != 0;
}

int tls_take_record(struct tls *tls, const struct socket *socket, char **bytes,
                    unsigned *records) {
  SSL *ssl = transport_tls(socket);
  if (!SSL_has_pending(ssl)) return 0;
  ERR_clear_error();
  int size = SSL_read(ssl, tls->record, sizeof tls->record);
  *bytes = tls->record;
  if (size > 0) {
    *records += tls_brought_data(socket);
    return size;
  }
  bool is_short = SSL_get_error(ssl, size) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return is_short ? 0 : -1;
}

void tls_shutdown(const struct socket *socket) {
  SSL *ssl = transport_tls(socket);
  if (!ssl || !SSL_is_init_finished(ssl)) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl);
  ERR_clear_error();
}
