/*
** Which part of a file is asked for, and whether the client has it already.
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "model/head.h"
#include "net/http/condition.h"

static const struct file_version version = {"\"1-2\"",
                                            "Sun, 06 Nov 1994 08:49:37 GMT"};

static void check_size(const struct head *head, uint64_t size) {
  uint64_t offset = UINT64_MAX;
  uint64_t length = UINT64_MAX;
  if (file_find_range(head, version, size, &offset, &length) != FILE_PART)
    return;
  MUST(length > 0);
  MUST(offset < size);
  MUST(length <= size - offset);
}

/* The bytes are the fields of a request, a line for each. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  struct buffer text = {0};
  buffer_append_string(&text, "GET / HTTP/1.1\r\n");
  while (input.size > 0) {
    struct input line = input_take_line(&input);
    buffer_append(&text, line.bytes, line.size);
    buffer_append_string(&text, "\r\n");
  }
  buffer_append_string(&text, "\r\n");
  struct head *head = head_new(text.bytes, text.size);
  MUST(head);
  (void)file_is_known(head, version);
  check_size(head, 0);
  check_size(head, 1);
  check_size(head, 1000);
  check_size(head, UINT64_MAX);
  free(head);
  buffer_free(&text);
  return 0;
}
