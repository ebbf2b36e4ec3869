/*
** WebSocket frames, however TCP cuts them: each story is a run of frames, told
** whole, in two parts cut at every place, and byte by byte. All of them have to
** come to the same events and the same answers.
**
** There is no network in it: the socket is a stuck one, of which nothing
** reaches libwebsockets, and what is queued is taken from its outbox here.
*/
#include "check.h"

#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/timers.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"
#include "net/socket/protocol.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"
#include "net/ws/deflate.h"
#include "net/ws/frame.h"
#include "net/ws/websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What happened, as text: "text:hello pong:x close:1000 closed:1000:bye". */
static struct buffer told;

static uint64_t now(void *context) {
  (void)context;
  return clock_monotonic();
}

static void on_opened(void *context, struct connection *connection) {
  (void)context;
  (void)connection;
}

static void on_received(void *context, struct connection *connection,
                        enum message_kind kind, char *bytes, size_t size) {
  (void)context;
  buffer_print(&told, " %s:%zu:%.*s", kind == MESSAGE_TEXT ? "text" : "binary",
               size, size < 40 ? (int)size : 40, bytes);
  if (size == 4 && memcmp(bytes, "quit", 4) == 0) {
    connection_close(connection, 4100, "asked to");
  }
}

static void on_closed(void *context, struct connection *connection, int code,
                      const char *reason) {
  (void)context;
  (void)connection;
  buffer_print(&told, " closed:%d:%s", code, reason);
}

static const struct net_events events = {
    .opened = on_opened, .received = on_received, .closed = on_closed};

/* One connection, with its own world around it. */
struct scene {
  struct config config;
  struct timers timers;
  struct registry registry;
  struct net net;
  struct socket socket;
};

static bool deflates; /* whether that was agreed on */

static void open_scene(struct scene *scene) {
  *scene = (struct scene){0};
  scene->config.limits.message_size = 70000;
  scene->config.takes_binary = true;
  timers_open(&scene->timers, now, NULL);
  registry_open(&scene->registry, &scene->config, &scene->timers);
  scene->net.registry = &scene->registry;
  scene->net.config = &scene->config;
  scene->net.events = &events;
  scene->net.connection_limit = 10;
  scene->net.deflate = deflate_new();
  scene->socket.net = &scene->net;
  scene->socket.window = deflates ? DEFLATE_WINDOW_MAX : 0;
  scene->socket.is_stuck = true;
  scene->socket.is_input_off = true;
  buffer_clear(&told);
  struct message *answer = message_new(MESSAGE_RAW, "", 0);
  struct head *head = head_new("GET / HTTP/1.1\r\n\r\n", 18);
  if (!answer || !head || !scene->net.deflate) abort();
  if (!websocket_open(&scene->socket, head, answer)) abort();
  message_unref(answer);
}

static void tell_output(const struct message *message) {
  const unsigned char *bytes = (const unsigned char *)message->bytes;
  if (message->kind == MESSAGE_PONG) {
    buffer_print(&told, " pong:%.*s", (int)message->size, message->bytes);
  }
  if (message->kind == MESSAGE_CLOSE) {
    int code = message->size ? bytes[0] << 8 | bytes[1] : CLOSE_NONE_GIVEN;
    buffer_print(&told, " close:%d", code);
  }
}

/* As net/socket/output does at the end of a read. */
static void flush(struct socket *socket) {
  while (socket->outbox && socket->outbox->first) {
    const struct message *message = socket->outbox->first->message;
    tell_output(message);
    if (message->kind == MESSAGE_CLOSE) {
      socket->protocol->close_written(socket, message);
    }
    outbox_pop(socket->outbox);
  }
  if (socket->state == SOCKET_OPEN) socket->protocol->drained(socket);
}

static void feed(struct scene *scene, const char *bytes, size_t size) {
  if (scene->socket.state != SOCKET_OPEN) return;
  char *copy = malloc(size > 0 ? size : 1); /* so that ASan sees its end */
  if (!copy) abort();
  if (size > 0) memcpy(copy, bytes, size);
  websocket_received(&scene->socket, copy, size);
  free(copy);
}

static void close_scene(struct scene *scene) {
  struct socket *socket = &scene->socket;
  flush(socket);
  bool is_waiting = timer_is_running(&socket->deadline);
  if (is_waiting) buffer_append_string(&told, " wait");
  if (socket->state == SOCKET_ENDING) buffer_append_string(&told, " end");
  websocket_closed(socket);
  socket_set_deadline(socket, 0);
  deflate_free(scene->net.deflate);
  registry_reap(&scene->registry);
  registry_close(&scene->registry);
  timers_close(&scene->timers);
  buffer_append(&told, "", 1);
}

/* Tells a story: its first bytes in one read, the rest in reads of `step`. What
   is sent is looked at when all has been told, as the reads have no effect on
   it. */
static void tell(const struct buffer *story, size_t first, size_t step) {
  struct scene scene;
  open_scene(&scene);
  feed(&scene, story->bytes, first);
  for (size_t at = first; at < story->size; at += step) {
    size_t left = story->size - at;
    feed(&scene, story->bytes + at, left < step ? left : step);
  }
  close_scene(&scene);
}

static void check_told(const char *name, const char *wanted, const char *how,
                       size_t place) {
  if (CHECK_CASE(strcmp(told.bytes, wanted) == 0, name)) return;
  fprintf(stderr, "  %s %zu\n  wanted %s\n  got   %s\n", how, place, wanted,
          told.bytes);
}

/* Tells it in every way. */
static void check_story(const char *name, const struct buffer *story,
                        const char *wanted) {
  tell(story, story->size, 1);
  check_told(name, wanted, "whole", story->size);
  tell(story, 0, 1);
  check_told(name, wanted, "byte by byte", 0);
  size_t stride = story->size < 2000 ? 1 : 97;
  for (size_t cut = 1; cut < story->size; cut += stride) {
    tell(story, cut, story->size);
    check_told(name, wanted, "cut at", cut);
    tell(story, 0, cut);
    check_told(name, wanted, "in pieces of", cut);
  }
}

/* Appends a frame as a client sends it; `first` is its first byte. */
static void add(struct buffer *story, unsigned first, const char *bytes,
                size_t size) {
  static const char mask[4] = {0x37, (char)0xfa, 0x21, 0x3d};
  char header[FRAME_PRINT_MAX];
  size_t header_size = frame_print(header, MESSAGE_TEXT, size);
  header[0] = (char)first;
  header[1] = (char)(header[1] | 0x80);
  buffer_append(story, header, header_size);
  buffer_append(story, mask, sizeof mask);
  for (size_t i = 0; i < size; i++) {
    char masked = (char)(bytes[i] ^ mask[i & 3]);
    buffer_append(story, &masked, 1);
  }
}

enum {
  FINAL = 0x80,
  TEXT = FINAL | MESSAGE_TEXT,
  BINARY = FINAL | MESSAGE_BINARY,
  CLOSE = FINAL | MESSAGE_CLOSE,
  PING = FINAL | MESSAGE_PING,
  PONG = FINAL | MESSAGE_PONG,
  REST = FRAME_CONTINUATION,
  LAST = FINAL | FRAME_CONTINUATION
};

/* One frame of a story. One without bytes ends it. */
struct part {
  unsigned first; /* byte of its header */
  const char *bytes;
  size_t size;
};

#define S(literal) (literal), sizeof(literal) - 1

struct story {
  const char *name;
  const char *wanted;
  struct part parts[6];
};

static const struct story stories[] = {
    {"messages in their order",
     " text:1:a binary:2:bc text:0: closed:1006:the connection broke",
     {{TEXT, S("a")}, {BINARY, S("bc")}, {TEXT, S("")}}},
    {"fragments with a ping between, which is answered by itself",
     " text:6:abcdef pong:p pong:q closed:1006:the connection broke",
     {{MESSAGE_TEXT, S("ab")},
      {PING, S("p")},
      {REST, S("cd")},
      {PING, S("q")},
      {LAST, S("ef")}}},
    {"empty fragments",
     " text:0: text:1:x closed:1006:the connection broke",
     {{MESSAGE_TEXT, S("")},
      {LAST, S("")},
      {MESSAGE_TEXT, S("")},
      {REST, S("x")},
      {LAST, S("")}}},
    {"a character in two fragments",
     " text:3:\xe2\x82\xac closed:1006:the connection broke",
     {{MESSAGE_TEXT, S("\xe2\x82")}, {LAST, S("\xac")}}},
    {"a pong that nobody asked for",
     " text:1:a closed:1006:the connection broke",
     {{PONG, S("x")}, {TEXT, S("a")}}},
    {"a Close with a reason, and nothing behind it",
     " close:3001 closed:3001:bye end",
     {{CLOSE, S("\x0b\xb9"
                "bye")},
      {TEXT, S("late")},
      {PING, S("late")}}},
    {"a Close without a code",
     " close:1005 closed:1005: end",
     {{CLOSE, S("")}}},
    {"a Close inside of a message",
     " close:1000 closed:1000: end",
     {{MESSAGE_TEXT, S("ab")}, {CLOSE, S("\x03\xe8")}, {LAST, S("cd")}}},
    {"half a code",
     " close:1002 closed:1002:a Close with half a code end",
     {{CLOSE, S("\x03")}}},
    {"a code that is never sent",
     " close:1002 closed:1002:a Close with a code that may not be sent end",
     {{CLOSE, S("\x03\xed")}}},
    {"a reason that is not UTF-8",
     " close:1007 closed:1007:a Close whose reason is not UTF-8 end",
     {{CLOSE, S("\x03\xe8\xff")}}},
    {"the script closes: what comes behind is not delivered",
     " text:4:quit close:4100 closed:4100:asked to end",
     {{TEXT, S("quit")},
      {TEXT, S("late")},
      {PING, S("late")},
      {MESSAGE_TEXT, S("la\xff")},
      {CLOSE, S("\x10\x04")}}},
    {"the script closes, the client says nothing",
     " text:4:quit close:4100 wait closed:4100:asked to",
     {{TEXT, S("quit")}, {TEXT, S("late")}}},
    {"a text that is not UTF-8",
     " text:1:a close:1007 closed:1007:a text that is not UTF-8 end",
     {{TEXT, S("a")}, {TEXT, S("\xc0\xaf")}, {TEXT, S("b")}}},
    {"a surrogate",
     " close:1007 closed:1007:a text that is not UTF-8 end",
     {{TEXT, S("\xed\xa0\x80")}}},
    {"bad from the second fragment on, long before the end",
     " close:1007 closed:1007:a text that is not UTF-8 end",
     {{MESSAGE_TEXT, S("\xe2\x82")}, {REST, S("a")}, {PING, S("p")}}},
    {"a text that ends inside of a character",
     " close:1007 closed:1007:a text that ends inside a character end",
     {{MESSAGE_TEXT, S("\xe2\x82")}, {LAST, S("")}}},
    {"binary is not looked at",
     " binary:2:\xff\xfe closed:1006:the connection broke",
     {{MESSAGE_BINARY, S("\xff")}, {LAST, S("\xfe")}}},
    {"a continuation without a first frame",
     " close:1002 closed:1002:a continuation without a first frame end",
     {{LAST, S("a")}}},
    {"a message inside of another",
     " close:1002 closed:1002:a new message inside another one end",
     {{MESSAGE_TEXT, S("a")}, {TEXT, S("b")}}},
    {"reserved bits",
     " close:1002 closed:1002:a reserved bit is set end",
     {{TEXT | 0x40, S("a")}}},
    {"opcode 3",
     " close:1002 closed:1002:unknown opcode end",
     {{FINAL | 0x3, S("a")}}},
    {"opcode 11",
     " close:1002 closed:1002:unknown opcode end",
     {{FINAL | 0xb, S("a")}}},
    {"a ping in fragments",
     " close:1002 closed:1002:a control frame in fragments end",
     {{MESSAGE_PING, S("a")}}},
};

enum { DEFLATED = MESSAGE_DEFLATED };

/* "Hello", deflated: RFC 7692 section 7.2.3.1. */
#define HELLO "\xf2\x48\xcd\xc9\xc9\x07\x00"

static const struct story deflated_stories[] = {
    {"deflated and other messages",
     " text:5:Hello text:1:a binary:5:Hello text:0: "
     "closed:1006:the connection broke",
     {{TEXT | DEFLATED, S(HELLO)},
      {TEXT, S("a")},
      {BINARY | DEFLATED, S(HELLO)},
      {TEXT | DEFLATED, S("\0")}}},
    {"deflated in fragments, with a ping between",
     " text:5:Hello text:5:Hello pong:p closed:1006:the connection broke",
     {{MESSAGE_TEXT | DEFLATED, S("\xf2\x48\xcd")},
      {PING, S("p")},
      {LAST, S("\xc9\xc9\x07\x00")},
      {MESSAGE_TEXT | DEFLATED, S("")},
      {LAST, S(HELLO)}}},
    {"a deflated text that is not UTF-8",
     " close:1007 closed:1007:a text that is not UTF-8 end",
     {{TEXT | DEFLATED, S("\x00\x02\x00\xfd\xff\xc0\xaf\x00")},
      {TEXT, S("a")}}},
    {"deflated bytes are not looked at",
     " binary:2:\xc0\xaf closed:1006:the connection broke",
     {{BINARY | DEFLATED, S("\x00\x02\x00\xfd\xff\xc0\xaf\x00")}}},
    {"what does not inflate",
     " close:1007 closed:1007:a message that does not inflate end",
     {{TEXT | DEFLATED, S("Hello")}, {TEXT, S("a")}}},
    {"a message that ends before it should",
     " close:1007 closed:1007:a message that does not inflate end",
     {{TEXT | DEFLATED, S("\xf2\x48\xcd")}}},
    {"a continuation that is marked as deflated",
     " close:1002 closed:1002:a reserved bit is set end",
     {{MESSAGE_TEXT | DEFLATED, S("\xf2\x48\xcd")},
      {LAST | DEFLATED, S("\xc9\xc9\x07\x00")}}},
    {"a ping that is marked as deflated",
     " close:1002 closed:1002:a reserved bit is set end",
     {{PING | DEFLATED, S("a")}}},
    {"the other reserved bits",
     " close:1002 closed:1002:a reserved bit is set end",
     {{TEXT | 0x20, S("a")}}},
    {"what comes deflated behind the script's Close",
     " text:4:quit close:4100 closed:4100:asked to end",
     {{TEXT, S("quit")},
      {TEXT | DEFLATED, S(HELLO)},
      {MESSAGE_TEXT | DEFLATED, S("nonsense")},
      {CLOSE, S("\x10\x04")}}},
};

static void check_stories(const struct story *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct buffer story = {0};
    for (const struct part *part = list[i].parts; part->bytes; part++) {
      add(&story, part->first, part->bytes, part->size);
    }
    check_story(list[i].name, &story, list[i].wanted);
    buffer_free(&story);
  }
}

/* 1 MB of one byte, where 70,000 are taken. */
static void check_bomb(void) {
  struct deflate *codec = deflate_new();
  struct message *message = message_new(MESSAGE_TEXT, NULL, 1 << 20);
  if (!codec || !message) abort();
  memset(message->bytes, 'a', message->size);
  const struct message *bomb = deflate_message(codec, message, 15, 9);
  struct buffer story = {0};
  add(&story, TEXT | DEFLATED, bomb->bytes, bomb->size);
  check_story("a bomb", &story,
              " close:1009 closed:1009:a message of more than 70000 bytes end");
  buffer_free(&story);
  message_unref(message);
  deflate_free(codec);
}

static void check_deflated(void) {
  deflates = true;
  check_stories(deflated_stories,
                sizeof deflated_stories / sizeof *deflated_stories);
  check_bomb();
  deflates = false;
}

static void check_raw(const char *name, const char *bytes, size_t size,
                      const char *wanted) {
  struct buffer story = {0};
  buffer_append(&story, bytes, size);
  check_story(name, &story, wanted);
  buffer_free(&story);
}

/* Headers that no client of good will sends. */
static void check_headers(void) {
  check_raw("no mask",
            S("\x81\x01"
              "a"),
            " close:1002 closed:1002:a frame without a mask end");
  check_raw("a ping of 126 bytes",
            S("\x89\xfe\x00\x7e"
              "mask"),
            " close:1002 closed:1002:a control frame of more than 125 bytes "
            "end");
  check_raw("125 in two bytes",
            S("\x81\xfe\x00\x7d"
              "mask"),
            " close:1002 closed:1002:a length that is not in its shortest "
            "form end");
  check_raw("65535 in eight bytes",
            S("\x81\xff\0\0\0\0\0\0\xff\xff"
              "mask"),
            " close:1002 closed:1002:a length that is not in its shortest "
            "form end");
  check_raw("64 bits",
            S("\x81\xff\x80\0\0\0\0\0\0\0"
              "mask"),
            " close:1002 closed:1002:a length of more than 63 bits end");
  check_raw("too big, known from the header",
            S("\x81\xff\0\0\0\0\0\x01\x11\x71"
              "mask"),
            " close:1009 closed:1009:a message of more than 70000 bytes end");
}

/* Lengths around the borders of their three forms, whole and in fragments. */
static void check_sizes(void) {
  static const size_t sizes[] = {125, 126, 127, 65535, 65536, 70000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct buffer story = {0};
    struct buffer wanted = {0};
    char *bytes = malloc(sizes[i]);
    if (!bytes) abort();
    memset(bytes, 'x', sizes[i]);
    add(&story, TEXT, bytes, sizes[i]);
    add(&story, MESSAGE_TEXT, bytes, sizes[i] / 2);
    add(&story, LAST, bytes, sizes[i] - sizes[i] / 2);
    buffer_print(&wanted,
                 " text:%zu:%.40s text:%zu:%.40s "
                 "closed:1006:the connection broke",
                 sizes[i], bytes, sizes[i], bytes);
    buffer_append(&wanted, "", 1);
    tell(&story, story.size, 1);
    check_told("sizes", wanted.bytes, "whole", sizes[i]);
    for (size_t piece = 1; piece < story.size; piece = piece * 3 + 1) {
      tell(&story, 0, piece);
      check_told("sizes", wanted.bytes, "in pieces of", piece);
    }
    free(bytes);
    buffer_free(&story);
    buffer_free(&wanted);
  }
}

static void check_too_many_fragments(void) {
  struct buffer story = {0};
  char bytes[35001];
  memset(bytes, 'x', sizeof bytes);
  add(&story, MESSAGE_TEXT, bytes, sizeof bytes - 1);
  add(&story, LAST, bytes, sizeof bytes);
  tell(&story, 0, 1000);
  check_told("too big in fragments",
             " close:1009 closed:1009:a message of more than 70000 bytes end",
             "in pieces of", 1000);
  buffer_free(&story);
}

/* Every code that may stand in a Close, and no other. */
static void check_close_codes(void) {
  for (unsigned code = 0; code <= 0xffff; code++) {
    bool is_good = (code >= 1000 && code <= 1003) ||
                   (code >= 1007 && code <= 1014) ||
                   (code >= 3000 && code <= 4999);
    char bytes[2] = {(char)(code >> 8), (char)(code & 0xff)};
    int found;
    struct text reason;
    const char *why = NULL;
    int refused = frame_scan_close(bytes, 2, &found, &reason, &why);
    char label[8];
    snprintf(label, sizeof label, "%u", code);
    CHECK_CASE(refused == (is_good ? 0 : 1002), label);
  }
}

static void check_unmask(void) {
  static const unsigned char mask[4] = {1, 2, 3, 4};
  for (size_t offset = 0; offset < 9; offset++) {
    for (size_t size = 0; size < 40; size++) {
      char bytes[40] = {0};
      frame_unmask(bytes, size, mask, offset);
      for (size_t i = 0; i < sizeof bytes; i++) {
        CHECK(bytes[i] == (i < size ? mask[(offset + i) % 4] : 0));
      }
    }
  }
}

int main(void) {
  log_open(LOG_ERROR, LOG_TEXT);
  check_stories(stories, sizeof stories / sizeof *stories);
  check_deflated();
  check_headers();
  check_sizes();
  check_too_many_fragments();
  check_close_codes();
  check_unmask();
  buffer_free(&told);
  return check_report();
}
