/*
** Sec-WebSocket-Extensions: which permessage-deflate a client gets. A list
** means the same over two fields (RFC 9110 section 5.3), what is behind a good
** offer changes nothing, and what is answered is itself an offer of the same.
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "model/head.h"
#include "net/ws/deflate.h"
#include "net/ws/extension.h"

/* The bytes are the value of the field; a comma at `cut` begins a new one. */
static bool accept(const char *bytes, size_t size, size_t cut,
                   struct extension *accepted) {
  static const char name[] = "\r\nSec-WebSocket-Extensions: ";
  struct buffer text = {0};
  buffer_append_string(&text, "GET / HTTP/1.1");
  buffer_append_string(&text, name);
  buffer_append(&text, bytes, cut);
  if (cut < size) {
    buffer_append_string(&text, name);
    buffer_append(&text, bytes + cut + 1, size - cut - 1);
  }
  buffer_append_string(&text, "\r\n\r\n");
  struct head *head = head_new(text.bytes, text.size);
  MUST(head);
  bool is_good = extension_accept(head, accepted);
  free(head);
  buffer_free(&text);
  return is_good;
}

static bool is_same(const struct extension *a, const struct extension *b) {
  return a->window == b->window && a->names_window == b->names_window;
}

static void check_answer(const struct extension *accepted) {
  struct buffer answer = {0};
  struct extension again;
  extension_print(&answer, accepted);
  size_t name = strlen("Sec-WebSocket-Extensions: ");
  size_t size = answer.size - name - strlen("\r\n");
  MUST(accept(answer.bytes + name, size, size, &again));
  MUST(is_same(accepted, &again));
  buffer_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct extension whole;
  struct extension parts;
  const char *value = (const char *)bytes;
  if (memchr(bytes, '\n', size) || memchr(bytes, '\r', size)) return -1;
  bool is_good = accept(value, size, size, &whole);
  MUST(whole.window == 0 || (whole.window >= DEFLATE_WINDOW_MIN &&
                             whole.window <= DEFLATE_WINDOW_MAX));
  for (size_t cut = 0; cut < size; cut++) {
    if (value[cut] != ',') continue;
    MUST(accept(value, size, cut, &parts) == is_good);
    MUST(!is_good || is_same(&whole, &parts));
    if (is_good && accept(value, cut, cut, &parts) && parts.window != 0)
      MUST(is_same(&whole, &parts));
  }
  if (is_good && whole.window != 0) check_answer(&whole);
  return 0;
}
