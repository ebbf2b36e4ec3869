/*
** Sec-WebSocket-Extensions: which offers are taken (RFC 7692 section 7.1), and
** what the answer says.
*/
#include "check.h"

#include "lib/buffer.h"
#include "model/head.h"
#include "net/ws/extension.h"

#include <stdlib.h>
#include <string.h>

#define FIELD "Sec-WebSocket-Extensions: "
#define NAME  "permessage-deflate"

static const struct {
  const char *fields;
  int window; /* 0: declined, -1: not written as it must be */
} rows[] = {
    {"", 0},
    {"Sec-WebSocket-Extension: " NAME "\r\n", 0},
    {FIELD NAME "\r\n", 15},
    {"sec-websocket-extensions:" NAME "\r\n", 15},
    {FIELD "Permessage-Deflate\r\n", 15},
    /* What Chromium, Firefox, Safari, Node's ws and Python say. */
    {FIELD NAME "; client_max_window_bits\r\n", 15},
    {FIELD NAME "\r\n", 15},
    {FIELD "x-webkit-deflate-frame\r\n", 0},
    {FIELD NAME "; server_max_window_bits=12; client_max_window_bits=12\r\n",
     12},

    {FIELD NAME ";server_no_context_takeover;client_no_context_takeover\r\n",
     15},
    {FIELD NAME "; server_max_window_bits=15\r\n", 15},
    {FIELD NAME "; server_max_window_bits=14\r\n", 14},
    {FIELD NAME "; server_max_window_bits=13\r\n", 13},
    {FIELD NAME "; server_max_window_bits=11\r\n", 11},
    {FIELD NAME "; server_max_window_bits=10\r\n", 10},
    {FIELD NAME "; server_max_window_bits=9\r\n", 9},
    {FIELD NAME "; server_max_window_bits=\"10\"\r\n", 10},
    {FIELD NAME " ; server_max_window_bits\t=  10 \r\n", 10},
    {FIELD NAME "; client_max_window_bits=9\r\n", 15},
    {FIELD NAME "; client_max_window_bits=\"15\"\r\n", 15},

    {FIELD NAME "; server_max_window_bits=8\r\n", 0},
    {FIELD NAME "; client_max_window_bits=8\r\n", 0},
    {FIELD NAME "; server_max_window_bits=16\r\n", 0},
    {FIELD NAME "; client_max_window_bits=16\r\n", 0},
    {FIELD NAME "; server_max_window_bits=09\r\n", 0},
    {FIELD NAME "; server_max_window_bits=010\r\n", 0},
    {FIELD NAME "; server_max_window_bits=1x\r\n", 0},
    {FIELD NAME "; server_max_window_bits=-9\r\n", 0},
    {FIELD NAME "; server_max_window_bits\r\n", 0},
    {FIELD NAME "; server_no_context_takeover=1\r\n", 0},
    {FIELD NAME "; client_no_context_takeover=true\r\n", 0},
    {FIELD NAME "; server_no_context_takeover; server_no_context_takeover\r\n",
     0},
    {FIELD NAME "; client_max_window_bits; client_max_window_bits=10\r\n", 0},
    {FIELD NAME "; unknown\r\n", 0},
    {FIELD NAME "; unknown=1; client_max_window_bits\r\n", 0},
    {FIELD "permessage-bzip2\r\n", 0},

    /* The first that can be taken. */
    {FIELD NAME "; unknown, " NAME "; server_max_window_bits=11, " NAME "\r\n",
     11},
    {FIELD "other; a=b," NAME "\r\n", 15},
    {FIELD NAME "; server_max_window_bits=8\r\n" FIELD NAME
                "; server_max_window_bits=9\r\n",
     9},
    {FIELD NAME "\r\n" FIELD "other\r\n", 15},

    {FIELD "\r\n", 0},
    {FIELD ",\r\n", 0},
    {FIELD NAME ",\r\n", 15},
    {FIELD " , ,," NAME " , , other\r\n", 15},
    {FIELD NAME ";\r\n", -1},
    {FIELD NAME "; ;a\r\n", -1},
    {FIELD NAME "; =10\r\n", -1},
    {FIELD NAME "; server_max_window_bits=\r\n", -1},
    {FIELD NAME "; server_max_window_bits=\"10\r\n", -1},
    {FIELD NAME "; server_max_window_bits=\"\"\r\n", -1},
    {FIELD NAME "; server_max_window_bits=10\"\r\n", -1},
    {FIELD NAME "; server_max_window_bits=1 0\r\n", -1},
    {FIELD NAME " client_max_window_bits\r\n", -1},
    {FIELD NAME "=1\r\n", -1},
    {FIELD "(" NAME ")\r\n", -1},
    {FIELD NAME "\r\n" FIELD "a b\r\n", -1},
};

static struct head *head_with(const char *fields) {
  struct buffer buffer = {0};
  buffer_print(&buffer, "GET / HTTP/1.1\r\n%s\r\n", fields);
  struct head *head = head_new(buffer.bytes, buffer.size);
  buffer_free(&buffer);
  return head;
}

static void test_offers(void) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct head *head = head_with(rows[i].fields);
    struct extension accepted;
    bool is_written_well = extension_accept(head, &accepted);
    CHECK_CASE(is_written_well == (rows[i].window >= 0), rows[i].fields);
    if (is_written_well)
      CHECK_CASE(accepted.window == rows[i].window, rows[i].fields);
    free(head);
  }
}

static bool is_answered(const char *fields, const char *expected) {
  struct extension accepted;
  struct head *head = head_with(fields);
  struct buffer buffer = {0};
  bool is_written_well = extension_accept(head, &accepted);
  extension_print(&buffer, &accepted);
  struct text is = {buffer.bytes, buffer.size};
  bool does = is_written_well && text_equals(is, text_of(expected));
  buffer_free(&buffer);
  free(head);
  return does;
}

#define ANSWER                                                                 \
  FIELD NAME "; server_no_context_takeover; client_no_context_takeover"

/* A window that the client names must be named in the answer, the largest too:
   section 7.1.2.1. */
static void test_answer(void) {
  CHECK(is_answered(FIELD NAME "\r\n", ANSWER "\r\n"));
  CHECK(
      is_answered(FIELD NAME "; client_max_window_bits=10\r\n", ANSWER "\r\n"));
  CHECK(is_answered(FIELD NAME "; server_max_window_bits=9\r\n",
                    ANSWER "; server_max_window_bits=9\r\n"));
  CHECK(is_answered(FIELD NAME "; server_max_window_bits=15\r\n",
                    ANSWER "; server_max_window_bits=15\r\n"));
}

int main(void) {
  test_offers();
  test_answer();
  return check_report();
}
