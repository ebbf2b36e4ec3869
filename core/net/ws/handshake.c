#include "net/ws/handshake.h"

#include "lib/buffer.h"
#include "lib/log.h"
#include "model/config.h"
#include "model/head.h"
#include "model/limit_hits.h"
#include "model/message.h"
#include "model/protocol.h"
#include "net/peer/forwarded.h"
#include "net/peer/origin.h"
#include "net/socket/http_answer.h"
#include "net/ws/extension.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

enum {
  KEY_SIZE = 24,         /* 16 bytes in base64 */
  KEY_LETTERS = 22,      /* of the key, before the padding */
  ACCEPT_SIZE = 28,      /* 20 bytes in base64 */
  LOGGED_NAME_MAX = 256, /* bytes of a name from a client */
};

/* Fields of a 426: RFC 9110 section 15.5.22, RFC 6455 section 4.4. */
static const char upgrade_fields[] =
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

static bool refuse_handshake(struct http_error *error, int status,
                             const char *why) {
  *error = (struct http_error){.status = status, .why = why};
  return false;
}

static void hint_at_proxy(struct limit_hits *limit_hits, const char *how) {
  if (!limit_hit_add(limit_hits, LIMIT_HIT_UPGRADE)) return;
  log_event(LOG_WARN,
            "a WebSocket request arrived %s: a proxy in front must pass it on "
            "(nginx: proxy_http_version 1.1; proxy_set_header Upgrade "
            "$http_upgrade; proxy_set_header Connection \"upgrade\";)",
            how);
}

void handshake_refuse_lost(struct limit_hits *limit_hits,
                           struct http_error *error) {
  hint_at_proxy(limit_hits, "without the field Upgrade");
  refuse_handshake(
      error, 426, "this path serves a WebSocket: the field Upgrade is missing");
  error->fields = upgrade_fields;
}

/* Whether the text is 16 bytes in base64. The unused bits of the last letter
   may be set: the example in RFC 6455 section 4.1 sets them. */
static bool is_key(struct text key) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/";
  if (key.size != KEY_SIZE) return false;
  for (size_t i = 0; i < KEY_LETTERS; i++) {
    if (!memchr(letters, key.bytes[i], sizeof letters - 1)) return false;
  }
  return memcmp(key.bytes + KEY_LETTERS, "==", 2) == 0;
}

/* A handshake has no body: the bytes after it are frames. */
static bool has_body(const struct head *head) {
  struct text length;
  return head_count(head, "Transfer-Encoding") > 0 ||
         (head_find(head, "Content-Length", &length) &&
          !text_equals(length, text_of("0")));
}

static bool check_handshake(const struct head *head,
                            struct limit_hits *limit_hits,
                            struct http_error *error) {
  struct text value;
  if (!text_equals(head_method(head), text_of("GET"))) {
    return refuse_handshake(error, 400, "a WebSocket request must use GET");
  }
  if (head_is_old(head)) {
    hint_at_proxy(limit_hits, "as HTTP/1.0");
    return refuse_handshake(error, 400,
                            "a WebSocket request must use HTTP/1.1");
  }
  if (head_host(head).size == 0) {
    return refuse_handshake(error, 400, "the Host field is empty");
  }
  if (!head_has_token(head, "Connection", "Upgrade")) {
    hint_at_proxy(limit_hits, "without the field Connection: Upgrade");
    return refuse_handshake(
        error, 400,
        "the field 'Connection: Upgrade' is missing (a proxy may "
        "have removed it)");
  }
  if (has_body(head)) {
    return refuse_handshake(error, 400,
                            "a WebSocket request cannot have a body");
  }
  if (head_count(head, "Sec-WebSocket-Version") != 1 ||
      !head_find(head, "Sec-WebSocket-Version", &value) ||
      !text_equals(value, text_of("13"))) {
    refuse_handshake(error, 426, "the only supported WebSocket version is 13");
    error->fields = upgrade_fields;
    return false;
  }
  if (head_count(head, "Sec-WebSocket-Key") != 1 ||
      !head_find(head, "Sec-WebSocket-Key", &value) || !is_key(value)) {
    return refuse_handshake(
        error, 400,
        "there must be one Sec-WebSocket-Key of 16 bytes in base64");
  }
  return true;
}

static size_t shown_size(struct text text) {
  return text.size < LOGGED_NAME_MAX ? text.size : LOGGED_NAME_MAX;
}

/* Suggests a setting only if it would be valid and would let in this origin
   alone. */
static void log_refused_origin(enum log_level level,
                               const struct config *config, struct text origin,
                               struct text host) {
  int size = (int)origin.size;
  if (origin.size > LOGGED_NAME_MAX || !origin_is_plain(origin)) {
    struct log_field field = {
        "origin", {origin.bytes, shown_size(origin)}, false};
    log_write(
        level,
        text_of("refused a page: its origin is not one that origins can list"),
        &field, 1);
  } else if (config->has_origins) {
    log_event(level,
              "refused a page of %.*s on %.*s: origins does not list it; "
              "adding \"%.*s\" to origins in base.lua would allow it",
              size, origin.bytes, (int)shown_size(host), host.bytes, size,
              origin.bytes);
  } else {
    log_event(level,
              "refused a page of %.*s: its host is not %.*s; origins = { "
              "\"%.*s\" } in base.lua would allow it",
              size, origin.bytes, (int)shown_size(host), host.bytes, size,
              origin.bytes);
  }
}

/* Clients that are not browsers send no Origin, and pass. */
static bool check_origin(const struct head *head, const struct config *config,
                         struct limit_hits *limit_hits,
                         struct http_error *error) {
  struct text origin;
  struct text host = head_host(head);
  struct text forwarded;
  if (head_count(head, "Origin") > 1) {
    return refuse_handshake(error, 400, "there are two Origin fields");
  }
  if (!head_find(head, "Origin", &origin)) return true;
  /* A proxy may ask this server for another name than the browser used. */
  if (head->is_forwarded &&
      head_find_last(head, "X-Forwarded-Host", &forwarded))
    host = forwarded_last(forwarded);
  if (origin_is_allowed(config, origin, host)) return true;
  bool is_first = limit_hit_add(limit_hits, LIMIT_HIT_ORIGINS);
  log_refused_origin(is_first ? LOG_WARN : LOG_DEBUG, config, origin, host);
  return refuse_handshake(error, 403,
                          "pages of this origin may not connect here");
}

/* The offered names are not logged, because some clients put a token there. */
static void choose_protocol(struct head *head, const struct config *config) {
  protocol_choose(head, config);
  if (head->protocol_size == 0 &&
      head_count(head, "Sec-WebSocket-Protocol") > 0)
    log_event(
        LOG_DEBUG,
        "none of the subprotocols that %s offers is supported (protocols)",
        head->address);
}

bool handshake_check(struct head *head, const struct config *config,
                     struct limit_hits *limit_hits, struct extension *accepted,
                     struct http_error *error) {
  *accepted = (struct extension){0};
  if (config->path && !text_equals(head_path(head), text_of(config->path))) {
    return refuse_handshake(error, 404, "there is no WebSocket on this path");
  }
  if (!check_handshake(head, limit_hits, error)) return false;
  if (config->deflate_level != 0 && !extension_accept(head, accepted)) {
    return refuse_handshake(error, 400,
                            "the field Sec-WebSocket-Extensions is not valid");
  }
  if (!check_origin(head, config, limit_hits, error)) return false;
  choose_protocol(head, config);
  return true;
}

/* --- the answer --- */

static void append_accept(struct buffer *buffer, struct text key) {
  static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char joined[KEY_SIZE + sizeof magic - 1];
  unsigned char digest[SHA_DIGEST_LENGTH];
  char accept[ACCEPT_SIZE + 1];
  memcpy(joined, key.bytes, KEY_SIZE);
  memcpy(joined + KEY_SIZE, magic, sizeof magic - 1);
  SHA1(joined, sizeof joined, digest);
  EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
  buffer_print(buffer, "Sec-WebSocket-Accept: %s\r\n", accept);
}

struct message *handshake_answer(const struct head *head,
                                 const struct extension *accepted) {
  struct buffer buffer = {0};
  struct text key;
  if (!head_find(head, "Sec-WebSocket-Key", &key)) return NULL;
  buffer_append_string(&buffer, "HTTP/1.1 101 Switching Protocols\r\n"
                                "Upgrade: websocket\r\n"
                                "Connection: Upgrade\r\n");
  append_accept(&buffer, key);
  struct text protocol = head_protocol(head);
  if (protocol.size > 0) {
    buffer_append_string(&buffer, "Sec-WebSocket-Protocol: ");
    buffer_append(&buffer, protocol.bytes, protocol.size);
    buffer_append_string(&buffer, "\r\n");
  }
  if (accepted->window != 0) extension_print(&buffer, accepted);
  buffer_append_string(&buffer, "\r\n");
  struct message *message = NULL;
  if (!buffer.failed) {
    message = message_new(MESSAGE_RAW, buffer.bytes, buffer.size);
  }
  buffer_free(&buffer);
  return message;
}
