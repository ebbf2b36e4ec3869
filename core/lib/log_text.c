#include "lib/log_text.h"

#include "lib/utf8.h"

enum {
  READY = 4 * 1024, /* bytes allocated at the start */
  KEPT = 64 * 1024  /* bytes kept after a long line */
};

/* Kept from line to line, so that the log still works when memory runs out. */
static struct buffer valid_text;

void log_text_make_ready(struct buffer *buffer) {
  if (buffer->capacity > KEPT) buffer_free(buffer);
  buffer_clear(buffer);
  if (buffer->capacity == 0) (void)buffer_reserve(buffer, READY);
}

void log_text_open(void) {
  log_text_make_ready(&valid_text);
}

/* The size in bytes of the character at `at`; 0 when it is not UTF-8. */
static size_t character_size(const char *at, const char *end) {
  for (size_t size = 1; size <= 4 && size <= (size_t)(end - at); size++) {
    if (utf8_is_valid(at, size)) return size;
  }
  return 0;
}

/* Appends the text with U+FFFD in place of each byte that is not UTF-8. */
static void append_valid(struct buffer *out, struct text text) {
  if (text.size == 0) return;
  const char *at = text.bytes;
  const char *end = at + text.size;
  if (utf8_is_valid(at, text.size)) {
    buffer_append(out, at, text.size);
    return;
  }
  while (at < end) {
    size_t size = character_size(at, end);
    if (size > 0) {
      buffer_append(out, at, size);
    } else {
      buffer_append_string(out, "\xEF\xBF\xBD");
    }
    at += size > 0 ? size : 1;
  }
}

/* The code of the control character at `at` in valid UTF-8; -1 for any other
   character. It includes U+0080 to U+009F, which terminals obey as well, and
   characters that end a line or change its direction (U+200E, U+2028, U+202E,
   U+2066 and their neighbours). */
static int control_code(const unsigned char *at) {
  if (at[0] < 0x20 || at[0] == 0x7f) return at[0];
  if (at[0] == 0xc2 && at[1] < 0xa0) return at[1];
  if (at[0] != 0xe2 || (at[1] != 0x80 && at[1] != 0x81)) return -1;
  int code = 0x2000 | (at[1] & 0x3f) << 6 | (at[2] & 0x3f);
  bool turns = (code >= 0x2066 && code <= 0x2069) || (code & ~1) == 0x200e;
  return turns || (code >= 0x2028 && code <= 0x202e) ? code : -1;
}

static size_t control_size(int code) {
  return code >= 0x800 ? 3 : code >= 0x80 ? 2 : 1;
}

/* Watches for what would look like a field in a line of text: a space, a name,
   and `=`. Characters beyond ASCII may look like spaces to a reader. */
struct lookout {
  bool behind_space;
  bool in_name;
};

static bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* Appends one byte; an `=` that would make a field gets a backslash. */
static void print_byte(struct buffer *line, struct lookout *lookout, char c) {
  if (c == '=' && lookout->in_name) buffer_append_string(line, "\\");
  bool begins = lookout->behind_space || lookout->in_name;
  lookout->in_name = (unsigned char)c >= 0x80 || (begins && is_of_name(c));
  lookout->behind_space = c == ' ';
  buffer_append(line, &c, 1);
}

static void print_control(struct buffer *line, int code) {
  if (code == '\n' || code == '\r' || code == '\t') {
    const char *name = code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t";
    buffer_append_string(line, name);
  } else {
    buffer_print(line, "\\u%04x", (unsigned)code);
  }
}

/* Later lines are indented, so that none can pass for an event of its own. A
   tab at the beginning of a line (tracebacks have them) becomes two spaces. */
static const char *print_break(struct buffer *line, const char *at,
                               const char *end) {
  buffer_append_string(line, "\n  ");
  for (; at < end && *at == '\t'; at++) {
    buffer_append_string(line, "  ");
  }
  return at;
}

/* Prints the message in text format: only control characters are replaced. */
static void print_plain_text(struct buffer *line, const struct buffer *valid) {
  struct lookout lookout = {.behind_space = true};
  const char *at = valid->bytes;
  const char *end = at + valid->size;
  while (at < end) {
    int code = control_code((const unsigned char *)at);
    if (code < 0) {
      print_byte(line, &lookout, *at++);
      continue;
    }
    lookout = (struct lookout){.behind_space = code == '\n'};
    if (code == '\n') {
      at = print_break(line, at + 1, end);
    } else {
      print_control(line, code);
      at += control_size(code);
    }
  }
}

/* Prints as a JSON string. In text format an `=` in it gets a backslash too,
   because some readers look for fields inside quotes. */
static void print_quoted(struct buffer *line, const struct buffer *valid,
                         enum log_format format) {
  struct lookout lookout = {0};
  const char *at = valid->bytes;
  const char *end = at + valid->size;
  buffer_append_string(line, "\"");
  while (at < end) {
    int code = control_code((const unsigned char *)at);
    if (code >= 0) {
      print_control(line, code);
      at += control_size(code);
      lookout = (struct lookout){0};
      continue;
    }
    if (*at == '"' || *at == '\\') buffer_append_string(line, "\\");
    if (format == LOG_JSON) {
      buffer_append(line, at, 1);
    } else {
      print_byte(line, &lookout, *at);
    }
    at++;
  }
  buffer_append_string(line, "\"");
}

static bool needs_quotes(const struct buffer *valid) {
  const char *at = valid->bytes;
  for (size_t i = 0; i < valid->size; i++) {
    if (at[i] == ' ' || at[i] == '"' || at[i] == '=' || at[i] == '\\' ||
        control_code((const unsigned char *)at + i) >= 0) {
      return true;
    }
  }
  return valid->size == 0;
}

void log_text_print(struct buffer *line, struct text text,
                    enum log_format format, enum log_text_part part) {
  struct buffer *valid = &valid_text;
  log_text_make_ready(valid);
  if (buffer_reserve(valid, text.size + 1)) append_valid(valid, text);
  bool is_plain = format == LOG_TEXT && part == LOG_TEXT_MESSAGE;
  if (valid->failed) {
    line->failed = true;
  } else if (is_plain) {
    print_plain_text(line, valid);
  } else if (format == LOG_JSON || needs_quotes(valid)) {
    print_quoted(line, valid, format);
  } else {
    buffer_append(line, valid->bytes, valid->size);
  }
}
