#include "model/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct message *message_new(unsigned kind, const void *bytes, size_t size) {
  if (size > SIZE_MAX - sizeof(struct message)) return NULL;
  struct message *message = malloc(sizeof *message + size);
  if (!message) return NULL;
  *message =
      (struct message){.references = 1, .kind = (uint8_t)kind, .size = size};
  if (bytes && size > 0) memcpy(message->bytes, bytes, size);
  return message;
}

struct message *message_ref(struct message *message) {
  assert(message->references < UINT32_MAX);
  message->references++;
  return message;
}

void message_unref(struct message *message) {
  if (!message || --message->references > 0) return;
  if (message->deflated) message_unref(message->deflated);
  free(message);
}
