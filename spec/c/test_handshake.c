/*
** The handshake of RFC 6455 section 4.2: which requests become WebSockets, and
** what the answer to them says.
*/
#include "check.h"
#include "lib/log.h"
#include "model/config.h"
#include "model/head.h"
#include "model/limit_hits.h"
#include "model/message.h"
#include "net/socket/http_answer.h"
#include "net/socket/upgrade.h"
#include "net/ws/extension.h"
#include "net/ws/handshake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE       "GET /ws?a=b HTTP/1.1\r\n"
#define HOST       "Host: shop.example:9000\r\n"
#define UPGRADE    "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define KEY        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION    "Sec-WebSocket-Version: 13\r\n"
#define ALL        LINE HOST UPGRADE CONNECTION KEY VERSION

static int status_of(const struct config *config, const char *text,
                     const char **fields) {
  struct http_error error = {0};
  struct head *head = head_new(text, strlen(text));
  CHECK_CASE(upgrade_is_asked(head), text);
  struct extension accepted;
  struct limit_hits limit_hits = {0};
  bool passes = handshake_check(head, config, &limit_hits, &accepted, &error);
  CHECK_CASE(passes == (error.status == 0), text);
  free(head);
  if (fields) *fields = error.fields;
  return error.status;
}

static const struct {
  const char *text;
  int status;
} rows[] = {
    {ALL "\r\n", 0},
    {LINE HOST "Upgrade: h2c, WebSocket\r\nConnection: keep-alive, upgrade"
               "\r\n" KEY VERSION "\r\n",
     0},
    {LINE HOST UPGRADE "Connection: keep-alive\r\n" CONNECTION KEY VERSION
                       "\r\n",
     0},
    {ALL "Content-Length: 0\r\n\r\n", 0},
    {ALL "Origin: https://shop.example\r\n\r\n", 0},
    {ALL "Origin: https://evil.example\r\n\r\n", 403},
    {ALL "Origin: null\r\n\r\n", 403},
    {ALL "Origin:\r\n\r\n", 403},
    /* The host of an absolute target replaces the field. */
    {"GET ws://shop.example/ws HTTP/1.1\r\nHost: evil.example\r\n" UPGRADE
         CONNECTION KEY VERSION "Origin: https://shop.example\r\n\r\n",
     0},
    {"GET wss://evil.example/ws HTTP/1.1\r\n" HOST UPGRADE CONNECTION KEY
         VERSION "Origin: https://shop.example\r\n\r\n",
     403},
    {"GET ws://shop.example/ws HTTP/1.1\r\nHost:\r\n" UPGRADE CONNECTION KEY
         VERSION "\r\n",
     0},
    {ALL "Origin: https://shop.example\r\nOrigin: https://evil.example\r\n\r\n",
     400},
    {"POST /ws HTTP/1.1\r\n" HOST UPGRADE CONNECTION KEY VERSION "\r\n", 400},
    {"GET /ws HTTP/1.0\r\n" HOST UPGRADE CONNECTION KEY VERSION "\r\n", 400},
    {LINE UPGRADE CONNECTION KEY VERSION "\r\n", 400},
    {LINE "Host:\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400},
    {LINE HOST UPGRADE KEY VERSION "\r\n", 400},
    {LINE HOST UPGRADE "Connection: keep-alive\r\n" KEY VERSION "\r\n", 400},
    {LINE HOST UPGRADE "Connection: upgraded\r\n" KEY VERSION "\r\n", 400},
    {ALL "Content-Length: 3\r\n\r\n", 400},
    {ALL "Transfer-Encoding: chunked\r\n\r\n", 400},
    {LINE HOST UPGRADE CONNECTION VERSION "\r\n", 400},
    {ALL KEY "\r\n", 400},
    {LINE HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key:\r\n\r\n", 400},
    {LINE HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: x\r\n\r\n", 400},
    /* 16 bytes with bits left over, as in RFC 6455 section 4.1. */
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n\r\n",
     0},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n\r\n",
     0},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: /////////////////////w==\r\n\r\n",
     0},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: //////////////////////==\r\n\r\n",
     0},
    /* 15, 17 and 18 bytes; not base64. */
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Njc=\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Njc4\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub2 jZQ==\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub2-_ZQ==\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25=ZQ==\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=A\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION VERSION
     "Sec-WebSocket-Key: ========================\r\n\r\n",
     400},
    {LINE HOST UPGRADE CONNECTION KEY "\r\n", 426},
    {LINE HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426},
    {LINE HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 013\r\n\r\n",
     426},
    {LINE HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 13, 8\r\n\r\n",
     426},
    {ALL "Sec-WebSocket-Version: 8\r\n\r\n", 426},
};

static void test_checks(void) {
  struct config config = {0};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const char *fields = NULL;
    CHECK_CASE(status_of(&config, rows[i].text, &fields) == rows[i].status,
               rows[i].text);
    if (rows[i].status == 426) {
      CHECK_CASE(fields && strstr(fields, "Sec-WebSocket-Version: 13\r\n"),
                 rows[i].text);
    }
  }
}

static void test_path(void) {
  struct config config = {0};
  char path[] = "/ws";
  char other[] = "/w";
  config.path = path;
  CHECK(status_of(&config, ALL "\r\n", NULL) == 0);
  config.path = other;
  CHECK(status_of(&config, ALL "\r\n", NULL) == 404);
  /* The path is looked at first: whoever is wrong there is told so. */
  CHECK(status_of(&config, LINE HOST UPGRADE "\r\n", NULL) == 404);
}

static void test_not_asked(void) {
  static const char *const texts[] = {
      LINE HOST CONNECTION KEY VERSION "\r\n",
      LINE HOST "Upgrade: h2c\r\n" CONNECTION KEY VERSION "\r\n",
      LINE HOST "Upgrade: websockets\r\n" CONNECTION "\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct head *head = head_new(texts[i], strlen(texts[i]));
    CHECK_CASE(!upgrade_is_asked(head), texts[i]);
    free(head);
  }
}

static bool answers(const char *text, const char *expected) {
  struct config config = {.deflate_level = 1};
  struct head *head = head_new(text, strlen(text));
  struct extension accepted;
  struct limit_hits limit_hits = {0};
  struct http_error error;
  bool passes = handshake_check(head, &config, &limit_hits, &accepted, &error);
  struct message *message = handshake_answer(head, &accepted);
  struct text is = {message->bytes, message->size};
  bool does = passes && message->kind == MESSAGE_RAW &&
              text_equals(is, text_of(expected));
  message_unref(message);
  free(head);
  return does;
}

/* The key and the accept are those of RFC 6455 section 1.3. */
#define ANSWER                                                                 \
  "HTTP/1.1 101 Switching Protocols\r\n"                                       \
  "Upgrade: websocket\r\n"                                                     \
  "Connection: Upgrade\r\n"                                                    \
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static void test_answer(void) {
  CHECK(answers(ALL "\r\n", ANSWER "\r\n"));
  CHECK(answers(ALL "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                ANSWER "Sec-WebSocket-Extensions: permessage-deflate; "
                       "server_no_context_takeover; "
                       "client_no_context_takeover\r\n\r\n"));
  CHECK(answers(ALL "Sec-WebSocket-Extensions: other\r\n\r\n", ANSWER "\r\n"));
  CHECK(answers(ALL "Sec-WebSocket-Protocol: chat, base.v1\r\n\r\n",
                ANSWER "Sec-WebSocket-Protocol: base.v1\r\n\r\n"));
  CHECK(answers(ALL "Sec-WebSocket-Protocol: base.v2\r\n\r\n", ANSWER "\r\n"));
}

/* Whether `chosen` is the subprotocol, "" being none. */
static void check_protocol(const struct config *config, const char *offers,
                           const char *chosen) {
  char text[512];
  snprintf(text, sizeof text, ALL "%s\r\n", offers);
  struct head *head = head_new(text, strlen(text));
  struct extension accepted;
  struct limit_hits limit_hits = {0};
  struct http_error error;
  CHECK(handshake_check(head, config, &limit_hits, &accepted, &error));
  CHECK_CASE(text_equals(head_protocol(head), text_of(chosen)), offers);
  free(head);
}

/* The server's preference counts; what it does not know is passed over. */
static void test_protocols(void) {
#define OFFER "Sec-WebSocket-Protocol: "
  struct config config = {0};
  string_list_add(&config.protocols, "ocpp2.0");
  string_list_add(&config.protocols, "ocpp1.6");
  check_protocol(&config, "", "");
  check_protocol(&config, OFFER "ocpp1.6\r\n", "ocpp1.6");
  check_protocol(&config, OFFER "ocpp1.6, ocpp2.0\r\n", "ocpp2.0");
  check_protocol(&config, OFFER "x\r\n" OFFER "ocpp1.6\t,y\r\n", "ocpp1.6");
  check_protocol(&config, OFFER "base.v1,ocpp1.6\r\n", "ocpp1.6");
  check_protocol(&config, OFFER "base.v1, x\r\n" OFFER "ocpp1.6\r\n",
                 "ocpp1.6");
  check_protocol(&config, OFFER "ocpp1.6, base.v1\r\n", "ocpp1.6");
  check_protocol(&config, OFFER "ocpp2.0, ocpp1.6, base.v1\r\n", "ocpp2.0");
  check_protocol(&config, OFFER "x, base.v1\r\n", "base.v1");
  check_protocol(&config, OFFER "OCPP1.6\r\n", "");
  check_protocol(&config, OFFER "ocpp1.6 ocpp2.0\r\n", "");
  check_protocol(&config, OFFER "ocpp1.60\r\n", "");
  check_protocol(&config, OFFER ",\r\n", "");
  config.takes_text = true;
  check_protocol(&config, OFFER "base.v1\r\n", "");
  check_protocol(&config, OFFER "base.v1,ocpp1.6\r\n", "ocpp1.6");
  config_close(&config);
  config.takes_text = true;
  check_protocol(&config, OFFER "base.v1\r\n", "base.v1");
}

/* Where nothing is deflated the field is not even read. */
static void test_extensions(void) {
  static const char text[] = ALL "Sec-WebSocket-Extensions: a b\r\n\r\n";
  struct config config = {.deflate_level = 1};
  CHECK(status_of(&config, text, NULL) == 400);
  config.deflate_level = 0;
  CHECK(status_of(&config, text, NULL) == 0);
}

/* A refusal is told to whoever runs the server, who may want to allow it. */
static void test_log(void) {
  struct config config = {0};
  char line[512] = "";
  FILE *file = tmpfile();
  int kept = dup(STDERR_FILENO);
  CHECK(file && kept >= 0);
  if (!file || kept < 0) return;
  fflush(stderr);
  dup2(fileno(file), STDERR_FILENO);
  status_of(&config,
            ALL "Cookie: secret\r\nOrigin: https://evil.example\r\n"
                "\r\n",
            NULL);
  fflush(stderr);
  dup2(kept, STDERR_FILENO);
  close(kept);
  rewind(file);
  size_t size = fread(line, 1, sizeof line - 1, file);
  line[size] = '\0';
  CHECK_CASE(strstr(line, "warn"), line);
  CHECK_CASE(strstr(line, "a page of https://evil.example"), line);
  CHECK_CASE(strstr(line, "shop.example:9000"), line);
  CHECK_CASE(strstr(line, "origins = { \"https://evil.example\" }"), line);
  CHECK_CASE(!strstr(line, "secret"), line);
  fclose(file);
}

int main(void) {
  log_open(LOG_ERROR, LOG_TEXT);
  test_checks();
  test_path();
  test_not_asked();
  test_answer();
  test_extensions();
  test_protocols();
  log_open(LOG_WARN, LOG_TEXT);
  test_log();
  return check_report();
}
