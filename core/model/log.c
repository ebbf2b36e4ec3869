#include "model/log.h"

#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/plain.h"
#include "lib/utf8.h"
#include "model/connection.h"
#include "model/log_output.h"
#include "model/user.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  TIME_SIZE = 32,        /* "2026-01-31T12:00:00.123Z", and for far years */
  LINE_READY = 4 * 1024, /* bytes for which no memory is asked for any more */
  LINE_KEPT = 64 * 1024, /* of a long line */
  CATCH_UP_AGAIN = 1000  /* milliseconds between two tries */
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static enum log_level least = LOG_INFO;
static enum log_format chosen = LOG_TEXT;

/* They stay from line to line: the log has to speak when memory runs out. */
static struct {
  struct buffer message; /* of a format and its arguments */
  struct buffer valid;   /* a text of anybody's, as UTF-8 */
  struct buffer line;
} kept;

static void make_ready(struct buffer *buffer) {
  if (buffer->capacity > LINE_KEPT) buffer_free(buffer);
  buffer_clear(buffer);
  if (buffer->capacity == 0) (void)buffer_reserve(buffer, LINE_READY);
}

void log_open(enum log_level level, enum log_format format) {
  least = level;
  chosen = format;
  make_ready(&kept.message);
  make_ready(&kept.valid);
  make_ready(&kept.line);
}

void log_to(int descriptor) {
  log_output_to(descriptor);
}

bool log_takes(enum log_level level) {
  return level >= least;
}

static void print_time(struct buffer *line) {
  int64_t milliseconds = (int64_t)(clock_unix() * 1000);
  time_t seconds = (time_t)(milliseconds / 1000);
  struct tm utc;
  char date[TIME_SIZE];
  gmtime_r(&seconds, &utc);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  buffer_print(line, "%s.%03dZ", date, (int)(milliseconds % 1000));
}

/* How many bytes the character at `at` has, 0 when it is not UTF-8. */
static size_t character_size(const char *at, const char *end) {
  for (size_t size = 1; size <= 4 && size <= (size_t)(end - at); size++) {
    if (utf8_is_valid(at, size)) return size;
  }
  return 0;
}

/* The text with U+FFFD in place of each byte that is not UTF-8. */
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

/* The code of a control character at `at` in valid UTF-8; -1 for any other.
   Those beyond ASCII are included: U+0080 to U+009F, which terminals obey as
   well, and what ends a line or turns its direction (U+200E, U+2028, U+202E,
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

/* What a text in a line of text would have to look like to pass for a field:
   behind a space, a name, and `=`. Characters beyond ASCII may be spaces for
   who reads it. */
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

/* Lines after the first are indented, so that none of them can pass for an
   event of its own; tabs that begin one (a traceback has them) become two
   spaces each. */
static const char *print_break(struct buffer *line, const char *at,
                               const char *end) {
  buffer_append_string(line, "\n  ");
  for (; at < end && *at == '\t'; at++) {
    buffer_append_string(line, "  ");
  }
  return at;
}

/* The message in text format: as it is, but for control characters. */
static void print_plain(struct buffer *line, const struct buffer *valid) {
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

/* As JSON has strings. In text format some who read it look for fields in them
   as well. */
static void print_quoted(struct buffer *line, const struct buffer *valid) {
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
    if (chosen == LOG_JSON) {
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

enum part { PART_MESSAGE, PART_WORD };

/* Prints a text of anybody's into the line, in the format that is chosen. */
static void print_text(struct buffer *line, struct text text, enum part part) {
  struct buffer *valid = &kept.valid;
  make_ready(valid);
  if (buffer_reserve(valid, text.size + 1)) append_valid(valid, text);
  bool is_plain = chosen == LOG_TEXT && part == PART_MESSAGE;
  if (valid->failed) {
    line->failed = true;
  } else if (is_plain) {
    print_plain(line, valid);
  } else if (chosen == LOG_JSON || needs_quotes(valid)) {
    print_quoted(line, valid);
  } else {
    buffer_append(line, valid->bytes, valid->size);
  }
}

static void print_field(struct buffer *line, const struct log_field *field) {
  buffer_append_string(line, chosen == LOG_JSON ? "," : " ");
  print_text(line, text_of(field->name), PART_WORD);
  buffer_append_string(line, chosen == LOG_JSON ? ":" : "=");
  if (field->is_literal) {
    buffer_append(line, field->value.bytes, field->value.size);
  } else {
    print_text(line, field->value, PART_WORD);
  }
}

static void print_connection(struct buffer *line,
                             const struct connection *connection) {
  char id[24];
  snprintf(id, sizeof id, "%" PRIu64, connection->id);
  struct log_field about = {"connection", text_of(id), true};
  print_field(line, &about);
  const struct user *user = connection->user;
  if (!user) return;
  struct text user_id = {user->id, user->id_size};
  print_field(line, &(struct log_field){"user", user_id, user->is_integer});
}

static void print_opening(struct buffer *line, enum log_level level,
                          struct text message) {
  bool is_json = chosen == LOG_JSON;
  buffer_append_string(line, is_json ? "{\"time\":\"" : "");
  print_time(line);
  buffer_append_string(line, is_json ? "\",\"level\":\"" : " ");
  buffer_append_string(line, level_names[level]);
  buffer_append_string(line, is_json ? "\",\"message\":" : " ");
  print_text(line, message, PART_MESSAGE);
}

/* Writes the line, or counts it. */
static bool write_line(const struct buffer *line) {
  if (!line->failed) return log_output_write(line->bytes, line->size);
  log_output_lose(ENOMEM);
  return false;
}

/* Says how many lines are missing. True when none is, or not any more; if not,
   there is one more now. */
static bool tell_lost(struct buffer *line) {
  int why;
  uint64_t lost = log_output_lost(&why);
  if (lost == 0) return true;
  char text[128];
  snprintf(text, sizeof text,
           "lines of the log that are missing here: %" PRIu64 " (%s)", lost,
           strerror(why));
  make_ready(line);
  if (log_output_is_cut()) buffer_append_string(line, "\n");
  print_opening(line, LOG_WARN, text_of(text));
  buffer_append_string(line, chosen == LOG_JSON ? "}\n" : "\n");
  if (!write_line(line)) return false;
  log_output_forget(lost);
  return true;
}

void log_catch_up(void) {
  static uint64_t tried;
  int why;
  if (log_output_lost(&why) == 0) return;
  uint64_t now = clock_monotonic();
  if (now - tried < CATCH_UP_AGAIN) return;
  tried = now;
  locale_t before = plain_begin();
  if (!tell_lost(&kept.line)) log_output_forget(1);
  plain_end(before);
}

/* In text format the fields stand at the end of the message's first line, where
   one looks for them: takes the lines behind it off the message. */
static struct text take_later_lines(struct text *message) {
  while (message->size > 0 && message->bytes[message->size - 1] == '\n') {
    message->size--;
  }
  struct text later = {message->bytes, 0};
  const char *at =
      message->size > 0 ? memchr(message->bytes, '\n', message->size) : NULL;
  if (!at) return later;
  size_t first = (size_t)(at - message->bytes);
  later = (struct text){at, message->size - first};
  message->size = first;
  return later;
}

static void write_event(enum log_level level,
                        const struct connection *connection,
                        struct text message, const struct log_field *fields,
                        int field_count) {
  struct buffer *line = &kept.line;
  struct text later = {0};
  if (!tell_lost(line)) return;
  make_ready(line);
  if (chosen == LOG_TEXT) later = take_later_lines(&message);
  print_opening(line, level, message);
  if (connection) print_connection(line, connection);
  for (int i = 0; i < field_count; i++) {
    print_field(line, &fields[i]);
  }
  if (later.size > 0) print_text(line, later, PART_MESSAGE);
  buffer_append_string(line, chosen == LOG_JSON ? "}\n" : "\n");
  (void)write_line(line);
}

void log_write(enum log_level level, const struct connection *connection,
               struct text message, const struct log_field *fields,
               int field_count) {
  if (!log_takes(level)) return;
  locale_t before = plain_begin();
  write_event(level, connection, message, fields, field_count);
  plain_end(before);
}

static void write_formatted(enum log_level level,
                            const struct connection *connection,
                            const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void write_formatted(enum log_level level,
                            const struct connection *connection,
                            const char *format, va_list arguments) {
  if (!log_takes(level)) return;
  struct buffer *message = &kept.message;
  make_ready(message);
  locale_t before = plain_begin();
  bool is_printed = buffer_print_list(message, format, arguments);
  plain_end(before);
  if (!is_printed) {
    log_output_lose(ENOMEM);
    return;
  }
  struct text text = {message->bytes, message->size};
  log_write(level, connection, text, NULL, 0);
}

void log_event(enum log_level level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_formatted(level, NULL, format, arguments);
  va_end(arguments);
}

void log_about(enum log_level level, const struct connection *connection,
               const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write_formatted(level, connection, format, arguments);
  va_end(arguments);
}
