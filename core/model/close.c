#include "model/close.h"

#include "lib/utf8.h"
#include "model/message.h"

#include <stdio.h>
#include <string.h>

bool close_code_is_valid(int64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

bool close_code_is_for_scripts(int64_t code) {
  return code == CLOSE_DONE || (code >= 3000 && code <= 3999) ||
         (code >= 4100 && code <= 4999);
}

/* How many bytes of the reason fit; 0 when it is not UTF-8, as then it may not
   be sent (RFC 6455 section 5.5.1). */
static size_t reason_size(const char *reason) {
  size_t size = strlen(reason);
  if (!utf8_is_valid(reason, size)) return 0;
  if (size <= CLOSE_REASON_MAX) return size;
  size = CLOSE_REASON_MAX;
  while (size > 0 && ((unsigned char)reason[size] & 0xc0) == 0x80) {
    size--;
  }
  return size;
}

struct message *close_message(int code, const char *reason) {
  if (code == CLOSE_NONE_GIVEN) return message_new(MESSAGE_CLOSE, NULL, 0);
  size_t size = reason ? reason_size(reason) : 0;
  struct message *message = message_new(MESSAGE_CLOSE, NULL, 2 + size);
  if (!message) return NULL;
  message->bytes[0] = (char)((unsigned)code >> 8 & 0xff);
  message->bytes[1] = (char)((unsigned)code & 0xff);
  if (size > 0) memcpy(message->bytes + 2, reason, size);
  return message;
}

struct message *close_reconnect_message(unsigned milliseconds) {
  char text[48];
  int size = snprintf(text, sizeof text, "[\"reconnect\",{\"after\":%u.%03u}]",
                      milliseconds / 1000, milliseconds % 1000);
  return message_new(MESSAGE_TEXT, text, (size_t)size);
}
