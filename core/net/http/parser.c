#include "net/http/parser.h"

#include "model/config.h"
#include "model/head.h"
#include "net/http/head.h"

#include <string.h>

/* What frames one byte in a chunk of its own, "1\r\n" and "\r\n", and some
   zeros. */
enum { FRAMING_PER_BYTE = 8 };

enum { AFTER_DATA = -1 };

/* What lies around the chunks. */
enum framing_part {
  CHUNK_SIZE,   /* its line, extensions included */
  CHUNK_END,    /* CR and LF behind the data */
  TRAILER_LINE, /* at the beginning of a field, or of the empty line */
  TRAILER_NAME,
  TRAILER_VALUE,
  TRAILER_END /* the empty line */
};

static struct http_parser *parser_of(llhttp_t *llhttp) {
  return llhttp->data;
}

static bool refuse(struct http_parser *parser, int status, const char *why) {
  parser->error = (struct http_error){.status = status, .why = why};
  return false;
}

static bool refuse_length(struct http_parser *parser) {
  return refuse(parser, 413,
                "the body is larger than this server takes (limits.http_body)");
}

/* To what belongs the byte behind a line. A line behind that of a size, with no
   data between, is behind the last chunk. */
static int part_after(int part) {
  return part == CHUNK_END ? CHUNK_SIZE : TRAILER_LINE;
}

/* Checks one byte of a trailer, which is no LF, as a head's field is. */
static bool check_trailer(struct http_parser *parser, char byte) {
  if (parser->part == TRAILER_LINE) {
    parser->part = byte == '\r' ? TRAILER_END : TRAILER_NAME;
    if (byte == '\r') return true;
    if (byte == ' ' || byte == '\t')
      return refuse(parser, 400, "a trailer is folded over two lines");
    if (byte == ':') return refuse(parser, 400, "a trailer has no name");
  }
  if (parser->part != TRAILER_NAME) return true;
  if (byte == ':')
    parser->part = TRAILER_VALUE;
  else if (!http_head_is_token_byte(byte))
    return refuse(parser, 400, "a trailer has no valid name");
  return true;
}

static bool check_line(struct http_parser *parser, char byte) {
  if (byte == '\n') {
    parser->part = part_after(parser->part);
    return true;
  }
  if (byte != '\r' && !http_head_is_value_byte(byte)) {
    return refuse(parser, 400,
                  "there is a control character around the chunks of the body");
  }
  return parser->part < TRAILER_LINE || check_trailer(parser, byte);
}

/* Checks what lies around the chunks, up to `end`. Depending on how llhttp was
   built it takes any two bytes for the end of a chunk, and an LF alone for the
   end of a line. */
static bool check_framing(struct http_parser *parser, const char *end) {
  for (; parser->seen < end; parser->seen++) {
    char byte = *parser->seen;
    bool needs_cr = parser->last == AFTER_DATA;
    bool needs_lf = parser->last == '\r';
    if ((needs_cr && byte != '\r') || needs_lf != (byte == '\n')) {
      return refuse(parser, 400, "the body is not chunked as HTTP says");
    }
    if (!check_line(parser, byte)) return false;
    parser->last = (unsigned char)byte;
  }
  return true;
}

static int on_headers_complete(llhttp_t *llhttp) {
  struct http_parser *parser = parser_of(llhttp);
  /* What is behind the head is ours to know. */
  llhttp->upgrade = 0;
  parser->is_in_body = true;
  if ((llhttp->flags & F_CONTENT_LENGTH) &&
      llhttp->content_length > parser->body_limit) {
    refuse_length(parser);
    return -1;
  }
  return 0;
}

/* The size of a chunk is refused before its data comes. */
static int on_chunk_header(llhttp_t *llhttp) {
  struct http_parser *parser = parser_of(llhttp);
  if (llhttp->content_length <= parser->body_limit - parser->body->size)
    return 0;
  refuse_length(parser);
  return -1;
}

static int on_body(llhttp_t *llhttp, const char *bytes, size_t size) {
  struct http_parser *parser = parser_of(llhttp);
  if (!check_framing(parser, bytes)) return -1;
  parser->seen = bytes + size;
  parser->last = AFTER_DATA;
  parser->part = CHUNK_END;
  if (size > parser->body_limit - parser->body->size) {
    refuse_length(parser);
    return -1;
  }
  if (!buffer_append(parser->body, bytes, size)) {
    refuse(parser, 503, "out of memory");
    return -1;
  }
  return 0;
}

/* Pausing makes llhttp stop at the request's last byte. */
static int on_message_complete(llhttp_t *llhttp) {
  parser_of(llhttp)->is_whole = true;
  return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_headers_complete = on_headers_complete,
    .on_chunk_header = on_chunk_header,
    .on_body = on_body,
    .on_message_complete = on_message_complete};

/* Returns how many bytes were used; 0 when they were refused. */
static size_t run(struct http_parser *parser, const char *bytes, size_t size) {
  llhttp_errno_t error = llhttp_execute(&parser->llhttp, bytes, size);
  if (error == HPE_OK) return size;
  if (error == HPE_PAUSED && parser->is_whole) {
    return (size_t)(llhttp_get_error_pos(&parser->llhttp) - bytes);
  }
  if (parser->error.status != 0) return 0;
  if (error == HPE_INVALID_METHOD) {
    refuse(parser, 400, "this is no method of HTTP");
  } else if (error == HPE_INVALID_CONTENT_LENGTH) {
    refuse_length(parser); /* more than 64 bits: digits were checked */
  } else {
    refuse(parser, 400,
           parser->is_in_body ? "the body is not chunked as HTTP says"
                              : "this is no head of HTTP");
  }
  return 0;
}

static bool check_method(struct http_parser *parser) {
  switch (parser->llhttp.method) {
  case HTTP_GET:
  case HTTP_HEAD:
  case HTTP_POST:
  case HTTP_PUT:
  case HTTP_PATCH:
  case HTTP_DELETE:
  case HTTP_OPTIONS:
    return true;
  default:
    /* From HTTP_SOURCE on they are those of Icecast, HTTP/2 and RTSP. */
    return parser->llhttp.method >= HTTP_SOURCE
               ? refuse(parser, 400, "this is no method of HTTP")
               : refuse(parser, 501, "this method is not served here");
  }
}

bool http_parser_start(struct http_parser *parser, const struct head *head,
                       const struct limits *limits) {
  *parser = (struct http_parser){.body_limit = limits->http_body,
                                 .framing = limits->http_head,
                                 .last = '\n'};
  llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
  parser->llhttp.data = parser;
  size_t used = run(parser, head->bytes, head->size);
  if (parser->error.status != 0) return false;
  if (used != head->size || !parser->is_in_body) {
    return refuse(parser, 400, "this is no head of HTTP");
  }
  return check_method(parser);
}

size_t http_parser_take(struct http_parser *parser, struct buffer *body,
                        const char *bytes, size_t size) {
  size_t before = body->size;
  parser->body = body;
  parser->seen = bytes;
  size_t used = run(parser, bytes, size);
  if (used == 0 || !check_framing(parser, bytes + used)) return 0;
  /* Extensions of chunks and trailers are not kept, and may not go on for
     ever. */
  uint64_t content = body->size - before;
  uint64_t framing = used - content;
  parser->framing += content * FRAMING_PER_BYTE;
  if (framing > parser->framing) {
    refuse(parser, 431, "there is too much around the chunks of the body");
    return 0;
  }
  parser->framing -= framing;
  return used;
}
