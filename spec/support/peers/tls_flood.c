/*
** A peer that speaks TLS and says nothing in it, as fast as it can: thousands
** of records that bring no data, made before the first is sent.
**
**   base-tls-flood KIND client PORT             to a server on 127.0.0.1
**   base-tls-flood KIND server PORT CERT KEY    to the first who asks
**
** The kinds are below; "updates:33" adds to the flood so many times only, and
** then waits for the other side's end. A server says "ready 40123" when it
** listens there; PORT may be 0. The last word is "ended" when the other side
** has not taken all, or has come to its end, else "taken".
*/
#include <arpa/inet.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  KEY = 16, /* of AES-128-GCM */
  IV = 12,
  TAG = 16,
  SECRET = 32,
  HEAD = 5, /* of a record */
  RECORD_MAX = 16 * 1024,
  FLOOD = 1024 * 1024, /* bytes: more than the sockets between us keep */
  KEPT = 64 * 1024,    /* by ours */
  SECONDS_MAX = 60
};

struct peer {
  bool is_server;
  bool is_old; /* TLS 1.2 */
  int descriptor;
  SSL_CTX *context;
  SSL *ssl;
  unsigned char secret[SECRET]; /* of what we send, TLS 1.3 */
  unsigned char key[KEY];
  unsigned char iv[IV];
  uint64_t number; /* of the next record */
  EVP_CIPHER_CTX *cipher;
  unsigned char *flood;
  size_t size;
};

static void fail(const char *why) {
  printf("failed: %s\n", why);
  exit(1);
}

/* --- the keys of what we send --- */

static void expand(const unsigned char *secret, const char *label,
                   unsigned char *out, size_t size) {
  unsigned char info[64], digest[EVP_MAX_MD_SIZE];
  int at = snprintf((char *)info, sizeof info, "%c%c%ctls13 %s%c%c", 1,
                    (int)size, (int)strlen(label) + 6, label, 1, 1);
  info[0] = 0;      /* the size is two bytes */
  info[at - 2] = 0; /* no context */
  HMAC(EVP_sha256(), secret, SECRET, info, (size_t)at, digest, NULL);
  memcpy(out, digest, size);
}

static void use_secret(struct peer *peer) {
  expand(peer->secret, "key", peer->key, KEY);
  expand(peer->secret, "iv", peer->iv, IV);
  peer->number = 0;
}

/* TLS 1.3 tells its secrets to the log of keys alone. */
static void on_key_line(const SSL *ssl, const char *line) {
  struct peer *peer = SSL_get_app_data(ssl);
  const char *name =
      peer->is_server ? "SERVER_TRAFFIC_SECRET_0 " : "CLIENT_TRAFFIC_SECRET_0 ";
  if (strncmp(line, name, strlen(name)) != 0) return;
  const char *digits = strrchr(line, ' ') + 1;
  for (int i = 0; i < SECRET; i++) {
    char byte[3] = {digits[2 * i], digits[2 * i + 1], '\0'};
    peer->secret[i] = (unsigned char)strtoul(byte, NULL, 16);
  }
}

/* TLS 1.2: both keys, then both salts, from the master secret. The Finished was
   the record 0. */
static void derive_old_keys(struct peer *peer) {
  unsigned char master[48], seed[13 + 64], block[2 * KEY + 8];
  memcpy(seed, "key expansion", 13);
  SSL_get_server_random(peer->ssl, seed + 13, 32);
  SSL_get_client_random(peer->ssl, seed + 45, 32);
  SSL_SESSION_get_master_key(SSL_get_session(peer->ssl), master, sizeof master);
  EVP_KDF *function = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
  EVP_KDF_CTX *kdf = EVP_KDF_CTX_new(function);
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master,
                                        sizeof master),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed),
      OSSL_PARAM_construct_end()};
  if (EVP_KDF_derive(kdf, block, sizeof block, params) != 1) fail("no keys");
  EVP_KDF_CTX_free(kdf);
  EVP_KDF_free(function);
  memcpy(peer->key, block + (peer->is_server ? KEY : 0), KEY);
  memcpy(peer->iv, block + 2 * KEY + (peer->is_server ? 4 : 0), 4);
  peer->number = 1;
}

/* --- records --- */

static void append(struct peer *peer, const void *bytes, size_t size) {
  memcpy(peer->flood + peer->size, bytes, size);
  peer->size += size;
}

/* As before the handshake: in the clear. */
static void append_clear(struct peer *peer, int type, const void *bytes,
                         size_t size) {
  unsigned char head[HEAD] = {(unsigned char)type, 3, 3,
                              (unsigned char)(size >> 8), (unsigned char)size};
  append(peer, head, sizeof head);
  append(peer, bytes, size);
}

static void seal(struct peer *peer, const unsigned char *iv,
                 const unsigned char *bound, int bound_size,
                 const unsigned char *bytes, size_t size) {
  EVP_CIPHER_CTX *cipher = peer->cipher;
  int done;
  unsigned char *out = peer->flood + peer->size;
  EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, peer->key, iv);
  EVP_EncryptUpdate(cipher, NULL, &done, bound, bound_size);
  EVP_EncryptUpdate(cipher, out, &done, bytes, (int)size);
  EVP_EncryptFinal_ex(cipher, out + size, &done);
  EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG, out + size);
  peer->size += size + TAG;
  peer->number++;
}

static void print_number(const struct peer *peer, unsigned char out[8]) {
  for (int i = 0; i < 8; i++)
    out[i] = (unsigned char)(peer->number >> (56 - 8 * i));
}

static void append_old(struct peer *peer, int type, const unsigned char *bytes,
                       size_t size) {
  unsigned char iv[IV], bound[13];
  size_t whole = 8 + size + TAG;
  unsigned char head[HEAD] = {(unsigned char)type, 3, 3,
                              (unsigned char)(whole >> 8),
                              (unsigned char)whole};
  memcpy(iv, peer->iv, 4);
  print_number(peer, iv + 4);
  print_number(peer, bound);
  memcpy(bound + 8, head, 3);
  bound[11] = (unsigned char)(size >> 8);
  bound[12] = (unsigned char)size;
  append(peer, head, sizeof head);
  append(peer, iv + 4, 8);
  seal(peer, iv, bound, sizeof bound, bytes, size);
}

static void append_new(struct peer *peer, int type, const unsigned char *bytes,
                       size_t size) {
  unsigned char iv[IV], number[8], inner[RECORD_MAX + 1];
  size_t whole = size + 1 + TAG;
  unsigned char head[HEAD] = {SSL3_RT_APPLICATION_DATA, 3, 3,
                              (unsigned char)(whole >> 8),
                              (unsigned char)whole};
  memcpy(inner, bytes, size);
  inner[size] = (unsigned char)type;
  memcpy(iv, peer->iv, IV);
  print_number(peer, number);
  for (int i = 0; i < 8; i++)
    iv[IV - 8 + i] ^= number[i];
  append(peer, head, sizeof head);
  seal(peer, iv, head, sizeof head, inner, size + 1);
}

static void append_record(struct peer *peer, int type, const void *bytes,
                          size_t size) {
  if (peer->is_old)
    append_old(peer, type, bytes, size);
  else
    append_new(peer, type, bytes, size);
}

/* --- what floods are made of: each adds a little --- */

static void append_update(struct peer *peer, unsigned char is_asking) {
  unsigned char update[] = {SSL3_MT_KEY_UPDATE, 0, 0, 1, is_asking};
  append_record(peer, SSL3_RT_HANDSHAKE, update, sizeof update);
  expand(peer->secret, "traffic upd", peer->secret, SECRET);
  use_secret(peer);
}

/* New keys, one after the other. */
static void updates(struct peer *peer) {
  append_update(peer, 0);
}

/* The other side is to have new ones, too. */
static void asking_updates(struct peer *peer) {
  append_update(peer, 1);
}

/* As many as are borne, then a byte of a request. */
static void updates_between(struct peer *peer) {
  static const char request[] =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  static size_t said;
  for (int i = 0; i < 32; i++)
    append_update(peer, 1);
  append_record(peer, SSL3_RT_APPLICATION_DATA, request + said, 1);
  said = (said + 1) % strlen(request);
}

/* Messages of four bytes that have no body: a ClientHello, which asks for a new
   handshake, is refused before it is looked at. */
static void hellos(struct peer *peer) {
  unsigned char hello[] = {
      peer->is_server ? SSL3_MT_HELLO_REQUEST : SSL3_MT_CLIENT_HELLO, 0, 0, 0};
  append_record(peer, SSL3_RT_HANDSHAKE, hello, sizeof hello);
}

static void alerts(struct peer *peer) {
  static const unsigned char alert[] = {SSL3_AL_WARNING, SSL_AD_USER_CANCELLED};
  append_record(peer, SSL3_RT_ALERT, alert, sizeof alert);
}

static void empty_records(struct peer *peer) {
  append_record(peer, SSL3_RT_APPLICATION_DATA, "", 0);
}

/* What OpenSSL counts by itself begins anew in between. */
static void empty_records_and_hellos(struct peer *peer) {
  for (int i = 0; i < 16; i++)
    empty_records(peer);
  hellos(peer);
}

/* As many tickets as a record holds. */
static void tickets(struct peer *peer) {
  static const unsigned char ticket[] = {SSL3_MT_NEWSESSION_TICKET,
                                         0,
                                         0,
                                         15,
                                         0,
                                         0,
                                         14,
                                         16,
                                         1,
                                         2,
                                         3,
                                         4,
                                         1,
                                         'n',
                                         0,
                                         1,
                                         't',
                                         0,
                                         0};
  unsigned char record[RECORD_MAX];
  size_t size = 0;
  while (size + sizeof ticket <= sizeof record) {
    memcpy(record + size, ticket, sizeof ticket);
    size += sizeof ticket;
  }
  append_record(peer, SSL3_RT_HANDSHAKE, record, size);
}

/* The largest hello that is taken, in pieces of one byte. */
static void pieces(struct peer *peer) {
  static const unsigned char client[] = {SSL3_MT_CLIENT_HELLO, 2, 0, 0};
  static const unsigned char server[] = {SSL3_MT_SERVER_HELLO, 0, 0x4e, 0};
  if (peer->size == 0)
    append_clear(peer, SSL3_RT_HANDSHAKE, peer->is_server ? server : client, 4);
  append_clear(peer, SSL3_RT_HANDSHAKE, "x", 1);
}

/* With alerts in between, of which OpenSSL bears four in a row. */
static void pieces_and_alerts(struct peer *peer) {
  static const unsigned char alert[] = {SSL3_AL_WARNING, SSL_AD_USER_CANCELLED};
  pieces(peer);
  for (int i = 0; i < 4; i++)
    append_clear(peer, SSL3_RT_ALERT, alert, sizeof alert);
}

/* A client that waits for a ServerHello looks past these. */
static void requests(struct peer *peer) {
  static const unsigned char record[RECORD_MAX];
  append_clear(peer, SSL3_RT_HANDSHAKE, record, sizeof record);
}

static const struct kind {
  const char *name;
  int version; /* 0: it never comes to a handshake */
  void (*append)(struct peer *peer);
} kinds[] = {{"updates", TLS1_3_VERSION, updates},
             {"asking-updates", TLS1_3_VERSION, asking_updates},
             {"updates-between", TLS1_3_VERSION, updates_between},
             {"tickets", TLS1_3_VERSION, tickets},
             {"hellos", TLS1_2_VERSION, hellos},
             {"alerts", TLS1_2_VERSION, alerts},
             {"empty", TLS1_2_VERSION, empty_records},
             {"empty-and-hellos", TLS1_2_VERSION, empty_records_and_hellos},
             {"pieces", 0, pieces},
             {"pieces-and-alerts", 0, pieces_and_alerts},
             {"requests", 0, requests},
             {NULL, 0, NULL}};

/* --- the conversation --- */

static struct sockaddr_in place(const char *port) {
  struct sockaddr_in at = {.sin_family = AF_INET,
                           .sin_port = htons((uint16_t)atoi(port))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

static int meet(const struct peer *peer, const char *port) {
  struct sockaddr_in at = place(port);
  socklen_t size = sizeof at;
  int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1, kept = KEPT;
  setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &kept, sizeof kept);
  if (!peer->is_server) {
    if (connect(descriptor, (struct sockaddr *)&at, sizeof at) != 0)
      fail("nobody listens");
    return descriptor;
  }
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(descriptor, (struct sockaddr *)&at, size) != 0 ||
      listen(descriptor, 1) != 0 ||
      getsockname(descriptor, (struct sockaddr *)&at, &size) != 0)
    fail("somebody listens there");
  printf("ready %d\n", ntohs(at.sin_port));
  return accept(descriptor, NULL, NULL);
}

static void shake_hands(struct peer *peer, int version, char **pair) {
  SSL_CTX *context = SSL_CTX_new(TLS_method());
  peer->context = context;
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_cipher_list(context, "ECDHE+AES128+AESGCM");
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_keylog_callback(context, on_key_line);
  if (peer->is_server) {
    SSL_CTX_use_certificate_chain_file(context, pair[0]);
    SSL_CTX_use_PrivateKey_file(context, pair[1], SSL_FILETYPE_PEM);
  }
  peer->ssl = SSL_new(context);
  SSL_set_app_data(peer->ssl, peer);
  SSL_set_fd(peer->ssl, peer->descriptor);
  int done = peer->is_server ? SSL_accept(peer->ssl) : SSL_connect(peer->ssl);
  if (done != 1) fail("no handshake");
  char request[4096];
  if (peer->is_server) SSL_read(peer->ssl, request, sizeof request);
  peer->is_old = version == TLS1_2_VERSION;
  if (peer->is_old)
    derive_old_keys(peer);
  else
    use_secret(peer);
}

/* Whether the other side has taken all. */
static bool send_flood(const struct peer *peer) {
  size_t sent = 0;
  while (sent < peer->size) {
    ssize_t size = send(peer->descriptor, peer->flood + sent, peer->size - sent,
                        MSG_NOSIGNAL);
    if (size <= 0) return false;
    sent += (size_t)size;
  }
  return true;
}

static void await_end(const struct peer *peer) {
  char bytes[4096];
  while (recv(peer->descriptor, bytes, sizeof bytes, 0) > 0)
    continue;
}

/* "updates:33": *times is 33, or -1 where it is not said. */
static const struct kind *find_kind(const char *word, int *times) {
  size_t size = strcspn(word, ":");
  const struct kind *kind = kinds;
  *times = word[size] ? atoi(word + size + 1) : -1;
  while (kind->name &&
         (strlen(kind->name) != size || memcmp(kind->name, word, size) != 0))
    kind++;
  return kind->name ? kind : NULL;
}

int main(int count, char **words) {
  struct peer peer = {0};
  int times = -1;
  if (count < 4) fail("usage: base-tls-flood KIND client|server PORT …");
  const struct kind *kind = find_kind(words[1], &times);
  if (!kind) fail("no such kind");
  alarm(SECONDS_MAX);
  setvbuf(stdout, NULL, _IOLBF, 0);
  peer.is_server = strcmp(words[2], "server") == 0;
  peer.cipher = EVP_CIPHER_CTX_new();
  peer.flood = malloc(FLOOD + 4 * RECORD_MAX);
  peer.descriptor = meet(&peer, words[3]);
  if (kind->version) shake_hands(&peer, kind->version, words + 4);
  for (int i = 0; i != times && peer.size < FLOOD; i++)
    kind->append(&peer);
  bool is_taken = send_flood(&peer);
  if (times >= 0) await_end(&peer);
  printf("%s\n", is_taken && times < 0 ? "taken" : "ended");
  close(peer.descriptor);
  EVP_CIPHER_CTX_free(peer.cipher);
  SSL_free(peer.ssl);
  SSL_CTX_free(peer.context);
  free(peer.flood);
  return 0;
}
