/*
** How much of TLS that brings no data is taken: between two ends of OpenSSL,
** over memory. One updates its keys again and again, the other is watched.
*/
#include "check.h"
#include "tls/records.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static unsigned told;
static const SSL *who;

static void on_excess(SSL *connection) {
  told++;
  who = connection;
}

static const struct records_events events = {.excess = on_excess};

static struct {
  SSL_CTX *server_context;
  SSL_CTX *client_context;
  SSL *server; /* is watched */
  SSL *client;
} ends;

static void use_certificate(SSL_CTX *context) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  CHECK(SSL_CTX_use_certificate(context, certificate) == 1);
  CHECK(SSL_CTX_use_PrivateKey(context, key) == 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

/* Each end reads what the other has written. */
static void connect_ends(void) {
  BIO *of_server;
  BIO *of_client;
  CHECK(BIO_new_bio_pair(&of_server, 1 << 20, &of_client, 1 << 20) == 1);
  SSL_set_bio(ends.server, of_server, of_server);
  SSL_set_bio(ends.client, of_client, of_client);
}

static void open_ends(void) {
  told = 0;
  who = NULL;
  ends.server_context = SSL_CTX_new(TLS_server_method());
  ends.client_context = SSL_CTX_new(TLS_client_method());
  use_certificate(ends.server_context);
  records_watch(ends.server_context, &events);
  ends.server = SSL_new(ends.server_context);
  ends.client = SSL_new(ends.client_context);
  connect_ends();
  for (int i = 0; i < 10; i++) {
    SSL_connect(ends.client);
    SSL_accept(ends.server);
  }
  CHECK(SSL_is_init_finished(ends.server) && SSL_is_init_finished(ends.client));
}

static void close_ends(void) {
  SSL_free(ends.server);
  SSL_free(ends.client);
  SSL_CTX_free(ends.server_context);
  SSL_CTX_free(ends.client_context);
}

static void update_keys(int times) {
  for (int i = 0; i < times; i++) {
    CHECK(SSL_key_update(ends.client, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    CHECK(SSL_do_handshake(ends.client) == 1);
  }
}

/* Whether a byte of data comes out of the server's end, in as many reads as
   there are records at most. */
static bool receives(char byte) {
  char got = 0;
  for (int i = 0; i < 100; i++) {
    int size = SSL_read(ends.server, &got, 1);
    if (size == 1) return got == byte;
    if (SSL_get_error(ends.server, size) != SSL_ERROR_WANT_READ) return false;
  }
  return false;
}

static void test_as_many_as_are_taken(void) {
  open_ends();
  update_keys(32);
  CHECK(SSL_write(ends.client, "x", 1) == 1);
  CHECK(receives('x'));
  CHECK(told == 0);
  close_ends();
}

static void test_one_more(void) {
  open_ends();
  update_keys(33);
  CHECK(SSL_write(ends.client, "x", 1) == 1);
  CHECK(!receives('x'));
  CHECK(told == 1 && who == ends.server);
  update_keys(10);
  CHECK(!receives('x'));
  CHECK(told == 1);
  close_ends();
}

static void test_data_in_between(void) {
  open_ends();
  for (int i = 0; i < 10; i++) {
    update_keys(32);
    CHECK(SSL_write(ends.client, "x", 1) == 1);
    CHECK(receives('x'));
    CHECK(records_brought_data(ends.server) >= 32);
    CHECK(records_brought_data(ends.server) == 0);
  }
  CHECK(told == 0);
  close_ends();
}

/* One that was ended does not take the others with it. */
static void test_each_for_itself(void) {
  open_ends();
  update_keys(33);
  CHECK(!receives('x'));
  SSL *ended = ends.server;
  SSL *its_client = ends.client;
  ends.server = SSL_new(ends.server_context);
  ends.client = SSL_new(ends.client_context);
  connect_ends();
  for (int i = 0; i < 10; i++) {
    SSL_connect(ends.client);
    SSL_accept(ends.server);
  }
  CHECK(SSL_write(ends.client, "x", 1) == 1);
  CHECK(receives('x'));
  SSL_free(ended);
  SSL_free(its_client);
  close_ends();
}

int main(void) {
  test_as_many_as_are_taken();
  test_one_more();
  test_data_in_between();
  test_each_for_itself();
  return check_report();
}
