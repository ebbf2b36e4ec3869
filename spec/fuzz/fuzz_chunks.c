/*
** Bodies in chunks, written as HTTP says (RFC 9112 section 7.1): whatever the
** sizes of the chunks, what stands around them, and however TCP cuts it, the
** body is taken, and nothing behind it.
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "model/config.h"
#include "model/head.h"
#include "net/http/body.h"

static const char behind[] = "GET / HTTP/1.1\r\n";

/* Each is one way to write what is allowed. */
static const char *const extensions[] = {"",           ";a",     ";a=b",
                                         ";a=\"b c\"", ";a;b=c", ";ieof=1"};
static const char *const trailers[] = {"", "A: b\r\n", "A:\r\n",
                                       "A: b\r\nX-Other:\tc\xc3\xa4 \r\n"};

static void write_line(struct buffer *text, size_t size, unsigned choice) {
  size_t count = sizeof extensions / sizeof *extensions;
  if (choice & 1)
    buffer_print(text, "00%zX", size);
  else
    buffer_print(text, "%zx", size);
  buffer_append_string(text, extensions[choice / 2 % count]);
  buffer_append_string(text, "\r\n");
}

/* Writes the bytes as chunks, of which a byte says the size and another how it
   is written. The content is kept in `body`. */
static void write_chunks(struct buffer *text, struct buffer *body,
                         struct input *input) {
  unsigned last = input_take(input);
  while (input->size > 2) {
    size_t size = input_take(input) + 1;
    unsigned choice = input_take(input);
    if (size > input->size) size = input->size;
    write_line(text, size, choice);
    buffer_append(text, input->bytes, size);
    buffer_append(body, input->bytes, size);
    buffer_append_string(text, "\r\n");
    input->bytes += size;
    input->size -= size;
  }
  write_line(text, 0, last);
  buffer_append_string(text,
                       trailers[last % (sizeof trailers / sizeof *trailers)]);
  buffer_append_string(text, "\r\n");
}

/* Takes the text in pieces; returns how much of it was used. */
static size_t take(struct http_body *state, struct buffer *body,
                   const struct buffer *text, size_t piece) {
  size_t used = 0;
  while (used < text->size && !state->is_whole) {
    size_t left = text->size - used < piece ? text->size - used : piece;
    char *copy = copy_exactly(text->bytes + used, left);
    size_t now = http_body_take(state, body, copy, left);
    free(copy);
    MUST(state->error.status == 0);
    MUST(now > 0 && now <= left);
    used += now;
  }
  return used;
}

static void check(const struct buffer *text, const struct buffer *body,
                  size_t piece) {
  static const char bytes[] = "POST / HTTP/1.1\r\nHost: a\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n";
  const struct limits limits = {.http_head = 64 << 10, .http_body = 64 << 10};
  struct head *head = head_new(bytes, sizeof bytes - 1);
  struct http_body state;
  struct buffer taken = {0};
  MUST(head && http_body_start(&state, head, &limits));
  MUST(take(&state, &taken, text, piece) == text->size - sizeof behind + 1);
  MUST(state.is_whole);
  MUST(taken.size == body->size);
  MUST(body->size == 0 || memcmp(taken.bytes, body->bytes, body->size) == 0);
  buffer_free(&taken);
  free(head);
}

/* A byte chooses the size of the pieces, one how the last chunk is written; the
   rest are chunks. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  struct buffer text = {0};
  struct buffer body = {0};
  size_t piece = input_take(&input) + 1;
  write_chunks(&text, &body, &input);
  buffer_append_string(&text, behind);
  check(&text, &body, text.size);
  check(&text, &body, piece);
  check(&text, &body, 1);
  buffer_free(&text);
  buffer_free(&body);
  return 0;
}
