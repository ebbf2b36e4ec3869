/*
** X-Forwarded-For: walking from the right finds whom the trusted proxies vouch
** for, as walking from the left does, and a list means the same over several
** fields (RFC 9110 section 5.3).
*/
#include "fuzz.h"

#include "lib/buffer.h"
#include "net/peer/forwarded.h"

/* "10.0.0.0/8 192.0.2.1": the first line of the input. */
static void read_networks(struct networks *list, struct input line) {
  char *text = copy_exactly(line.bytes, line.size + 1);
  text[line.size] = '\0';
  for (char *save = NULL, *word = strtok_r(text, " ", &save); word;
       word = strtok_r(NULL, " ", &save)) {
    (void)networks_add(list, word);
  }
  free(text);
}

/* The other way round: each entry that is somebody's makes those before it
   hearsay. */
static struct forwarded walk(struct text list, const struct networks *trusted) {
  struct forwarded found = {0};
  while (list.size > 0) {
    const char *comma = memchr(list.bytes, ',', list.size);
    size_t size = comma ? (size_t)(comma - list.bytes) : list.size;
    struct text entry = text_trim((struct text){list.bytes, size});
    struct address address;
    size_t used = size + (comma != NULL);
    list = (struct text){list.bytes + used, list.size - used};
    if (entry.size == 0) continue;
    if (!forwarded_scan(&address, entry))
      found.is_known = false;
    else if (!found.is_known || !networks_have(trusted, &address))
      found = (struct forwarded){address, true};
  }
  return found;
}

static void check_same(const struct forwarded *a, const struct forwarded *b) {
  MUST(a->is_known == b->is_known);
  if (a->is_known) MUST(address_equals(&a->client, &b->client));
}

static void check_address(const struct address *address) {
  char text[ADDRESS_TEXT_SIZE];
  struct address again;
  address_print(address, text);
  MUST(address_scan(&again, text_of(text)));
  MUST(address_equals(address, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  struct networks trusted = {0};
  struct buffer whole = {0};
  struct forwarded by_lines = {0};
  struct forwarded by_list = {0};
  if (memchr(bytes, '\n', size) == NULL) return 0;
  read_networks(&trusted, input_take_line(&input));
  while (input.size > 0) {
    struct input line = input_take_line(&input);
    char *copy = copy_exactly(line.bytes, line.size);
    forwarded_take(&by_lines, (struct text){copy, line.size}, &trusted);
    free(copy);
    if (whole.size > 0) buffer_append(&whole, ",", 1);
    buffer_append(&whole, line.bytes, line.size);
  }
  struct text list = {whole.bytes, whole.size};
  forwarded_take(&by_list, list, &trusted);
  check_same(&by_lines, &by_list);
  if (by_list.is_known) check_address(&by_list.client);
  struct forwarded from_left = walk(list, &trusted);
  check_same(&by_list, &from_left);
  buffer_free(&whole);
  networks_close(&trusted);
  return 0;
}
