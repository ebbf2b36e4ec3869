#include "lib/log.h"

#include "lib/buffer.h"
#include "lib/clock.h"
#include "lib/log_output.h"
#include "lib/log_text.h"
#include "lib/plain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  TIME_SIZE = 32,       /* "2026-01-31T12:00:00.123Z", with room for later
                           years */
  CATCH_UP_AGAIN = 1000 /* milliseconds between two tries */
};

const char *const log_level_names[] = {"debug", "info", "warn", "error", NULL};

static enum log_level least = LOG_INFO;
static enum log_format chosen = LOG_TEXT;

/* The buffers are kept from line to line, so that the log still works when
   memory runs out. */
static struct {
  struct buffer message; /* for a format with its arguments */
  struct buffer line;
} kept;

void log_open(enum log_level level, enum log_format format) {
  least = level;
  chosen = format;
  log_text_make_ready(&kept.message);
  log_text_open();
  log_text_make_ready(&kept.line);
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

static void print_field(struct buffer *line, const struct log_field *field) {
  buffer_append_string(line, chosen == LOG_JSON ? "," : " ");
  log_text_print(line, text_of(field->name), chosen, LOG_TEXT_WORD);
  buffer_append_string(line, chosen == LOG_JSON ? ":" : "=");
  if (field->is_literal) {
    buffer_append(line, field->value.bytes, field->value.size);
  } else {
    log_text_print(line, field->value, chosen, LOG_TEXT_WORD);
  }
}

static void print_opening(struct buffer *line, enum log_level level,
                          struct text message) {
  bool is_json = chosen == LOG_JSON;
  buffer_append_string(line, is_json ? "{\"time\":\"" : "");
  print_time(line);
  buffer_append_string(line, is_json ? "\",\"level\":\"" : " ");
  buffer_append_string(line, log_level_names[level]);
  buffer_append_string(line, is_json ? "\",\"message\":" : " ");
  log_text_print(line, message, chosen, LOG_TEXT_MESSAGE);
}

/* Writes the line, or counts it as lost. */
static bool write_line(const struct buffer *line) {
  if (!line->failed) return log_output_write(line->bytes, line->size);
  log_output_lose(ENOMEM);
  return false;
}

/* Logs how many lines were lost. Returns false when that line is lost as well,
   and counts it. */
static bool tell_lost(struct buffer *line) {
  int why;
  uint64_t lost = log_output_lost(&why);
  if (lost == 0) return true;
  char text[128];
  snprintf(text, sizeof text, "log lines missing here: %" PRIu64 " (%s)", lost,
           strerror(why));
  log_text_make_ready(line);
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

/* In text format the fields stand at the end of the message's first line. This
   takes the later lines off the message. */
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

static void write_event(enum log_level level, struct text message,
                        const struct log_field *fields, int field_count) {
  struct buffer *line = &kept.line;
  struct text later = {0};
  if (!tell_lost(line)) return;
  log_text_make_ready(line);
  if (chosen == LOG_TEXT) later = take_later_lines(&message);
  print_opening(line, level, message);
  for (int i = 0; i < field_count; i++) {
    print_field(line, &fields[i]);
  }
  if (later.size > 0) log_text_print(line, later, chosen, LOG_TEXT_MESSAGE);
  buffer_append_string(line, chosen == LOG_JSON ? "}\n" : "\n");
  (void)write_line(line);
}

void log_write(enum log_level level, struct text message,
               const struct log_field *fields, int field_count) {
  if (!log_takes(level)) return;
  locale_t before = plain_begin();
  write_event(level, message, fields, field_count);
  plain_end(before);
}

void log_event_list(enum log_level level, const struct log_field *fields,
                    int field_count, const char *format, va_list arguments) {
  if (!log_takes(level)) return;
  struct buffer *message = &kept.message;
  log_text_make_ready(message);
  locale_t before = plain_begin();
  bool is_printed = buffer_print_list(message, format, arguments);
  plain_end(before);
  if (!is_printed) {
    log_output_lose(ENOMEM);
    return;
  }
  struct text text = {message->bytes, message->size};
  log_write(level, text, fields, field_count);
}

void log_event(enum log_level level, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  log_event_list(level, NULL, 0, format, arguments);
  va_end(arguments);
}
