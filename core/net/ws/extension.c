#include "net/ws/extension.h"

#include "lib/buffer.h"
#include "lib/token.h"
#include "model/head.h"
#include "net/ws/deflate.h"

#include <stdbool.h>

/* --- the grammar --- */

static void skip_spaces(struct text *rest) {
  while (rest->size > 0 && (*rest->bytes == ' ' || *rest->bytes == '\t')) {
    rest->bytes++;
    rest->size--;
  }
}

/* Takes this byte and the spaces around it. */
static bool take_byte(struct text *rest, char byte) {
  skip_spaces(rest);
  if (rest->size == 0 || *rest->bytes != byte) return false;
  rest->bytes++;
  rest->size--;
  skip_spaces(rest);
  return true;
}

static bool take_token(struct text *rest, struct text *token) {
  *token = (struct text){rest->bytes, 0};
  while (rest->size > 0 && token_has_byte(*rest->bytes)) {
    token->size++;
    rest->bytes++;
    rest->size--;
  }
  return token->size > 0;
}

/* A quoted value must be a token too, so it contains no escapes. */
static bool take_value(struct text *rest, struct text *value) {
  bool is_quoted = rest->size > 0 && *rest->bytes == '"';
  if (is_quoted) {
    rest->bytes++;
    rest->size--;
  }
  if (!take_token(rest, value)) return false;
  if (!is_quoted) return true;
  if (rest->size == 0 || *rest->bytes != '"') return false;
  rest->bytes++;
  rest->size--;
  return true;
}

/* --- the offers --- */

struct parameter {
  struct text name;
  struct text value; /* empty: the parameter has no value */
};

enum {
  SERVER_TAKEOVER = 1,
  CLIENT_TAKEOVER = 2,
  SERVER_WINDOW = 4,
  CLIENT_WINDOW = 8
};

struct offer {
  bool is_good;
  unsigned seen; /* the parameters so far */
  struct extension extension;
};

/* A window of 9 to 15, or 0 for others: 8 is not supported, and "09" is not
   valid. */
static int window_of(struct text value) {
  if (value.size == 1 && *value.bytes == '9') return DEFLATE_WINDOW_MIN;
  if (value.size != 2 || value.bytes[0] != '1') return 0;
  char digit = value.bytes[1];
  return digit >= '0' && digit <= '5' ? 10 + digit - '0' : 0;
}

static unsigned parameter_of(struct text name) {
  if (text_equals_nocase(name, text_of("server_no_context_takeover")))
    return SERVER_TAKEOVER;
  if (text_equals_nocase(name, text_of("client_no_context_takeover")))
    return CLIENT_TAKEOVER;
  if (text_equals_nocase(name, text_of("server_max_window_bits")))
    return SERVER_WINDOW;
  if (text_equals_nocase(name, text_of("client_max_window_bits")))
    return CLIENT_WINDOW;
  return 0;
}

static bool check_parameter(struct offer *offer,
                            const struct parameter *parameter) {
  unsigned known = parameter_of(parameter->name);
  bool has_value = parameter->value.size > 0;
  int window = window_of(parameter->value);
  if (known == 0 || (offer->seen & known)) return false;
  offer->seen |= known;
  switch (known) {
  case SERVER_WINDOW:
    offer->extension = (struct extension){window, true};
    return window != 0;
  case CLIENT_WINDOW:
    return !has_value || window != 0;
  default:
    return !has_value;
  }
}

static bool take_parameter(struct text *rest, struct parameter *parameter) {
  parameter->value = (struct text){"", 0};
  if (!take_token(rest, &parameter->name)) return false;
  return !take_byte(rest, '=') || take_value(rest, &parameter->value);
}

/* Takes one extension with its parameters. */
static bool take_offer(struct text *rest, struct offer *offer) {
  struct text name;
  struct parameter parameter;
  if (!take_token(rest, &name)) return false;
  *offer = (struct offer){
      .is_good = text_equals_nocase(name, text_of("permessage-deflate")),
      .extension = {DEFLATE_WINDOW_MAX, false}};
  while (take_byte(rest, ';')) {
    if (!take_parameter(rest, &parameter)) return false;
    if (!check_parameter(offer, &parameter)) offer->is_good = false;
  }
  return true;
}

/* Reads one line of the field. False when it is not valid. Elements of its list
   may be empty, RFC 9110 section 5.6.1.2. */
static bool read_line(struct text rest, struct extension *accepted) {
  struct offer offer;
  do {
    skip_spaces(&rest);
    if (rest.size == 0 || *rest.bytes == ',') continue;
    if (!take_offer(&rest, &offer)) return false;
    if (offer.is_good && accepted->window == 0) *accepted = offer.extension;
  } while (take_byte(&rest, ','));
  skip_spaces(&rest);
  return rest.size == 0;
}

bool extension_accept(const struct head *head, struct extension *accepted) {
  size_t cursor = 0;
  *accepted = (struct extension){0};
  struct text value;
  while (head_next_named(head, "Sec-WebSocket-Extensions", &cursor, &value)) {
    if (!read_line(value, accepted)) return false;
  }
  return true;
}

void extension_print(struct buffer *buffer, const struct extension *accepted) {
  buffer_append_string(buffer, "Sec-WebSocket-Extensions: permessage-deflate; "
                               "server_no_context_takeover; "
                               "client_no_context_takeover");
  if (accepted->names_window)
    buffer_print(buffer, "; server_max_window_bits=%d", accepted->window);
  buffer_append_string(buffer, "\r\n");
}
