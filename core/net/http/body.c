#include "net/http/body.h"

#include "lib/ascii.h"
#include "lib/buffer.h"
#include "lib/token.h"
#include "model/config.h"
#include "model/head.h"
#include "net/http/head.h"

/* One byte in a chunk of its own needs "1\r\n" and "\r\n" around it; some
   leading zeros are allowed too. */
enum { FRAMING_PER_BYTE = 8 };

static bool fail_body(struct http_body *body, int status, const char *why) {
  body->error = (struct http_error){.status = status, .why = why};
  return false;
}

static bool refuse_length(struct http_body *body) {
  return fail_body(
      body, 413,
      "the body is larger than this server takes (limits.http_body)");
}

static bool refuse_chunks(struct http_body *body) {
  return fail_body(body, 400, "the chunked body is not valid");
}

static bool go_on_with(struct http_body *body, enum http_body_part part) {
  body->part = part;
  return true;
}

/* Accepts only the byte `wanted`; the next byte belongs to `part`. */
static bool expect_byte(struct http_body *body, char byte, char wanted,
                        enum http_body_part part) {
  return byte == wanted ? go_on_with(body, part) : refuse_chunks(body);
}

/* --- a chunk's first line: its size, and extensions (section 7.1.1) --- */

static bool take_digit(struct http_body *body, int digit) {
  if (digit < 0 || body->left > UINT64_MAX >> 4) return refuse_chunks(body);
  body->left = body->left << 4 | (uint64_t)digit;
  return go_on_with(body, CHUNK_SIZE);
}

/* Reads what may follow a size or an extension. */
static bool end_extension(struct http_body *body, char byte) {
  return byte == ';' ? go_on_with(body, CHUNK_EXTENSION_BEGIN)
                     : expect_byte(body, byte, '\r', CHUNK_SIZE_LF);
}

static bool take_size(struct http_body *body, char byte) {
  int digit = ascii_hex(byte);
  return digit >= 0 ? take_digit(body, digit) : end_extension(body, byte);
}

/* Accepts a byte of a token; the next byte belongs to `part`. */
static bool take_token_byte(struct http_body *body, char byte,
                            enum http_body_part part) {
  return token_has_byte(byte) ? go_on_with(body, part) : refuse_chunks(body);
}

static bool take_extension(struct http_body *body, char byte) {
  if (token_has_byte(byte)) return true;
  return byte == '=' ? go_on_with(body, CHUNK_VALUE_BEGIN)
                     : end_extension(body, byte);
}

static bool take_value_byte(struct http_body *body, char byte) {
  return token_has_byte(byte) || end_extension(body, byte);
}

/* A backslash is refused: nobody needs escapes here. */
static bool take_quoted_value(struct http_body *body, char byte) {
  if (byte == '"') return go_on_with(body, CHUNK_VALUE_END);
  return (http_head_is_value_byte(byte) && byte != '\\') || refuse_chunks(body);
}

/* A chunk that is too large is refused before its content comes. */
static bool end_size(struct http_body *body, char byte) {
  if (byte != '\n') return refuse_chunks(body);
  if (body->left > body->room) return refuse_length(body);
  body->room -= body->left;
  return go_on_with(body, body->left > 0 ? CHUNK_CONTENT : TRAILER_BEGIN);
}

/* --- the trailers, which are fields like those of a head (section 7.1.2)
   --- */

/* Whether the trailer is about the length: another program on the way might
   believe it. */
static bool says_length(const struct http_body *body) {
  struct text name = {body->name, body->name_size};
  return text_equals_nocase(name, text_of("Content-Length")) ||
         text_equals_nocase(name, text_of("Transfer-Encoding"));
}

static bool take_trailer_name(struct http_body *body, char byte) {
  if (byte == ':' && body->name_size == 0)
    return fail_body(body, 400, "a trailer has no name");
  if (byte == ':') {
    return says_length(body)
               ? fail_body(body, 400, "a trailer says how long the body is")
               : go_on_with(body, TRAILER_VALUE);
  }
  if (!token_has_byte(byte))
    return fail_body(body, 400, "a trailer's name is not valid");
  if (body->name_size <= BODY_NAME_MAX) body->name[body->name_size++] = byte;
  return true;
}

static bool begin_trailer(struct http_body *body, char byte) {
  if (byte == '\r') return go_on_with(body, TRAILER_END_LF);
  if (byte == ' ' || byte == '\t')
    return fail_body(body, 400, "a trailer is folded over two lines");
  body->name_size = 0;
  body->part = TRAILER_NAME;
  return take_trailer_name(body, byte);
}

static bool take_trailer_value(struct http_body *body, char byte) {
  if (byte == '\r') return go_on_with(body, TRAILER_LF);
  return http_head_is_value_byte(byte) ||
         fail_body(body, 400, "a trailer has a control character");
}

static bool end_body(struct http_body *body, char byte) {
  body->is_whole = byte == '\n';
  return body->is_whole || refuse_chunks(body);
}

/* --- bytes --- */

static bool take_around(struct http_body *body, char byte) {
  switch (body->part) {
  case CHUNK_SIZE_BEGIN:
    return take_digit(body, ascii_hex(byte));
  case CHUNK_SIZE:
    return take_size(body, byte);
  case CHUNK_EXTENSION_BEGIN:
    return take_token_byte(body, byte, CHUNK_EXTENSION);
  case CHUNK_EXTENSION:
    return take_extension(body, byte);
  case CHUNK_VALUE_BEGIN:
    return byte == '"' ? go_on_with(body, CHUNK_QUOTED_VALUE)
                       : take_token_byte(body, byte, CHUNK_VALUE);
  case CHUNK_VALUE:
    return take_value_byte(body, byte);
  case CHUNK_QUOTED_VALUE:
    return take_quoted_value(body, byte);
  case CHUNK_VALUE_END:
    return end_extension(body, byte);
  case CHUNK_SIZE_LF:
    return end_size(body, byte);
  case CHUNK_CONTENT_CR:
    return expect_byte(body, byte, '\r', CHUNK_CONTENT_LF);
  case CHUNK_CONTENT_LF:
    return expect_byte(body, byte, '\n', CHUNK_SIZE_BEGIN);
  case TRAILER_BEGIN:
    return begin_trailer(body, byte);
  case TRAILER_NAME:
    return take_trailer_name(body, byte);
  case TRAILER_VALUE:
    return take_trailer_value(body, byte);
  case TRAILER_LF:
    return expect_byte(body, byte, '\n', TRAILER_BEGIN);
  case TRAILER_END_LF:
    return end_body(body, byte);
  default:
    return false; /* content is handled elsewhere */
  }
}

/* Takes a byte around the content. Extensions and trailers are limited in
   size. */
static bool take_framing(struct http_body *body, char byte) {
  if (body->framing == 0) {
    return fail_body(body, 431, "the chunk headers and trailers are too large");
  }
  body->framing--;
  return take_around(body, byte);
}

static bool is_content(const struct http_body *body) {
  return body->part == BODY_CONTENT || body->part == CHUNK_CONTENT;
}

/* Returns how many bytes were used. */
static size_t take_content(struct http_body *body, struct buffer *content,
                           const char *bytes, size_t size) {
  size_t used = size < body->left ? size : (size_t)body->left;
  if (!buffer_append(content, bytes, used)) {
    fail_body(body, 503, "out of memory");
    return 0;
  }
  body->left -= used;
  if (body->left > 0) return used;
  body->is_whole = body->part == BODY_CONTENT;
  body->part = CHUNK_CONTENT_CR;
  return used;
}

size_t http_body_take(struct http_body *body, struct buffer *content,
                      const char *bytes, size_t size) {
  size_t used = 0;
  while (used < size && !body->is_whole && body->error.status == 0) {
    if (!is_content(body)) {
      (void)take_framing(body, bytes[used++]);
      continue;
    }
    size_t now = take_content(body, content, bytes + used, size - used);
    body->framing += now * FRAMING_PER_BYTE;
    used += now;
  }
  return body->error.status == 0 ? used : 0;
}

/* The value of the digits, or UINT64_MAX when it is too large. */
static uint64_t number_of(struct text digits) {
  uint64_t number = 0;
  for (size_t i = 0; i < digits.size; i++) {
    if (number > (UINT64_MAX - 9) / 10) return UINT64_MAX;
    number = number * 10 + (uint64_t)(digits.bytes[i] - '0');
  }
  return number;
}

bool http_body_start(struct http_body *body, const struct head *head,
                     const struct limits *limits) {
  struct text value;
  *body = (struct http_body){.part = CHUNK_SIZE_BEGIN,
                             .room = limits->http_body,
                             .framing = limits->http_head};
  if (head_find(head, "Transfer-Encoding", &value)) return true;
  if (head_find(head, "Content-Length", &value)) body->left = number_of(value);
  if (body->left > body->room) return refuse_length(body);
  body->part = BODY_CONTENT;
  body->is_whole = body->left == 0;
  return true;
}
