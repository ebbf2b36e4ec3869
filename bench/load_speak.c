#include "load_speak.h"

#include "load_fail.h"
#include "load_frame.h"
#include "load_packing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* What stands around the command and the body. An acknowledgement of socket.io
   has no command. */
struct form {
  const char *before;
  bool has_command;
  const char *after;
};

static const struct {
  struct form question, answer, told, welcome;
} forms[] = {
    [SPEAK_BASE] = {{"[", true, ",#]"},
                    {"[", true, ",#]"},
                    {"[", true, "]"},
                    {"[", true, "]"}},
    [SPEAK_SOCKETIO] = {{"42#[", true, "]"},
                        {"43#[", false, "]"},
                        {"42[", true, "]"},
                        {"42[", true, "]"}},
    [SPEAK_RAW] = {{"[", true, ",#]"},
                   {"[", true, ",#]"},
                   {"[", true, "]"},
                   {"[", true, "]"}},
};

static void open_form(struct template *template, const struct form *form,
                      const char *command, const char *body) {
  char *text = NULL;
  int length = form->has_command
                   ? asprintf(&text, "%s\"%s\",%s%s", form->before, command,
                              body, form->after)
                   : asprintf(&text, "%s%s%s", form->before, body, form->after);
  if (length < 0) fail("out of memory: a message");
  template_open(template, text);
  free(text);
}

/* A body that makes a question of Base's as long as was asked for. */
static char *make_body(const struct options *options) {
  size_t rest =
      strlen("[\"\",\"\",]") + strlen(options->command) + TEMPLATE_DIGITS;
  if (options->size <= rest) fail("--size is more than %zu", rest);
  size_t length = options->size - rest;
  char *body = malloc(length + 3);
  if (!body) fail("out of memory: a body of %zu bytes", length);
  body[0] = body[length + 1] = '"';
  body[length + 2] = '\0';
  for (size_t i = 0; i < length; i++)
    body[i + 1] = (char)('a' + i % 26);
  return body;
}

/* The question as a frame, but for its numbers. */
static void make_frame(struct speak *speak) {
  const struct template *question = &speak->question;
  char *out = bytes_reserve(&speak->frame, FRAME_HEAD + question->size);
  speak->head_size =
      frame_write_head(out, FRAME_TEXT, false, question->size, speak->mask);
  memcpy(out + speak->head_size, question->text, question->size);
  frame_mask(out + speak->head_size, question->size, speak->mask);
  speak->frame.size = speak->head_size + question->size;
}

void speak_open(struct speak *speak, const struct options *options) {
  *speak = (struct speak){.kind = options->protocol};
  speak->has_welcome = !options->guest && options->protocol != SPEAK_RAW;
  char *made = options->size ? make_body(options) : NULL;
  open_form(&speak->question, &forms[speak->kind].question, options->command,
            made ? made : options->body);
  open_form(&speak->answer, &forms[speak->kind].answer, options->answer,
            made ? made : options->answer_body);
  open_form(&speak->told, &forms[speak->kind].told,
            options->told ? options->told : "", options->told_body);
  open_form(&speak->welcome, &forms[speak->kind].welcome, "authenticated",
            "{\"id\":\"@\"}");
  free(made);
  speak->has_offsets = options->keeps && speak->kind == SPEAK_SOCKETIO;
  if (speak->has_offsets) speak->welcome.size--; /* the `]` behind the offset */
  if (getrandom(speak->mask, sizeof speak->mask, 0) != sizeof speak->mask) {
    fail("no random numbers");
  }
  make_frame(speak);
  if (options->deflate) speak->packing = packing_new();
}

/* The ready frame with its numbers filled in. */
static void ask_plain(struct speak *speak, struct bytes *out, unsigned question,
                      unsigned connection) {
  char *frame = bytes_reserve(out, speak->frame.size);
  memcpy(frame, speak->frame.data, speak->frame.size);
  for (unsigned i = 0; i < speak->question.hole_count; i++) {
    const struct template_hole *hole = &speak->question.holes[i];
    char *digits = frame + speak->head_size + hole->at;
    template_digits(hole->is_connection ? connection : question, digits);
    for (size_t j = 0; j < TEMPLATE_DIGITS; j++) {
      digits[j] = (char)(digits[j] ^ speak->mask[(hole->at + j) & 3]);
    }
  }
  out->size += speak->frame.size;
}

static void add_frame(struct speak *speak, struct bytes *out,
                      bool is_compressed, const char *bytes, size_t size) {
  char *frame = bytes_reserve(out, FRAME_HEAD + size);
  size_t head =
      frame_write_head(frame, FRAME_TEXT, is_compressed, size, speak->mask);
  memcpy(frame + head, bytes, size);
  frame_mask(frame + head, size, speak->mask);
  out->size += head + size;
}

void speak_ask(struct speak *speak, struct bytes *out, unsigned question,
               unsigned connection) {
  if (!speak->packing) {
    ask_plain(speak, out, question, connection);
    return;
  }
  speak->plain.size = speak->packed.size = 0;
  template_write(&speak->question,
                 bytes_reserve(&speak->plain, speak->question.size), question,
                 connection);
  packing_deflate(speak->packing, speak->plain.data, speak->question.size,
                  &speak->packed);
  add_frame(speak, out, true, speak->packed.data, speak->packed.size);
}

void speak_text(struct speak *speak, struct bytes *out, const char *text,
                size_t size) {
  add_frame(speak, out, false, text, size);
}

void speak_close(struct speak *speak) {
  template_close(&speak->question);
  template_close(&speak->answer);
  template_close(&speak->told);
  template_close(&speak->welcome);
  bytes_free(&speak->frame);
  bytes_free(&speak->plain);
  bytes_free(&speak->packed);
  bytes_free(&speak->received);
  packing_free(speak->packing);
}
