#include "load_room.h"

#include "load.h"
#include "load_fail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In a pattern, % is the name of the channel and & the body. */
struct patterns {
  const char *join, *joined, *leave, *left, *say, *sent, *said, *missed;
};

static const struct patterns base = {
    .join = "[\"$join\",null,#,\"%\"]",
    .joined = ",#,\"%\"", /* behind the body */
    .leave = "[\"$leave\",null,#,\"%\"]",
    .left = "[\"$left\",null,#,\"%\"]",
    .say = "[\"said\",&,#,\"%\"]",
    .sent = ",#,\"%\"]", /* behind the body */
    .said = "[\"said\",&,null,\"%\"",
    .missed = "[\"said\",&",
};

static const struct patterns socketio = {
    .join = "42#[\"join\",\"%\"]",
    .joined = "43#[]",
    .leave = "42#[\"leave\",\"%\"]",
    .left = "43#[]",
    .say = "42#[\"said\",\"%\",&]",
    .sent = "43#[]",
    .said = "42[\"said\",&,\"%\"",
    .missed = "",
};

static struct {
  struct template join, joined, leave, left, say, sent, said, missed;
} forms;

static void open_form(struct template *template, const char *pattern,
                      const struct options *options) {
  char text[1024];
  size_t size = 0;
  for (const char *c = pattern; *c && size < sizeof text; c++) {
    const char *word = *c == '%' ? options->channel : options->told_body;
    const char *end = *c == '%' ? "@" : "";
    if (*c == '%' || *c == '&')
      size +=
          (size_t)snprintf(text + size, sizeof text - size, "%s%s", word, end);
    else
      text[size++] = *c;
  }
  if (size >= sizeof text) fail("--told-body is too long for a channel");
  text[size] = '\0';
  template_open(template, text);
}

static bool is_socketio(const struct load *load) {
  return load->speak.kind == SPEAK_SOCKETIO;
}

void room_open(struct load *load) {
  const struct options *options = &load->options;
  const struct patterns *patterns = is_socketio(load) ? &socketio : &base;
  open_form(&forms.join, patterns->join, options);
  open_form(&forms.joined, patterns->joined, options);
  open_form(&forms.leave, patterns->leave, options);
  open_form(&forms.left, patterns->left, options);
  open_form(&forms.say, patterns->say, options);
  open_form(&forms.sent, patterns->sent, options);
  open_form(&forms.said, patterns->said, options);
  open_form(&forms.missed, patterns->missed, options);
}

void room_close(void) {
  template_close(&forms.join);
  template_close(&forms.joined);
  template_close(&forms.leave);
  template_close(&forms.left);
  template_close(&forms.say);
  template_close(&forms.sent);
  template_close(&forms.said);
  template_close(&forms.missed);
}

unsigned room_of(const struct load *load, const struct peer *peer) {
  return (unsigned)(peer - load->peers) % load->options.channels;
}

/* --- what a client says --- */

static void say(struct load *load, struct peer *peer,
                const struct template *form, unsigned number) {
  char text[1024 + TEMPLATE_HOLES * TEMPLATE_DIGITS];
  template_write(form, text, number, room_of(load, peer));
  peer_say(load, peer, text, form->size);
}

void room_join(struct load *load, struct peer *peer) {
  say(load, peer, &forms.join, peer->asked++);
}

void room_leave(struct load *load, struct peer *peer) {
  say(load, peer, &forms.leave, peer->asked++);
}

void room_say(struct load *load, struct peer *peer, unsigned number) {
  say(load, peer, &forms.say, number);
}

void room_rejoin(struct load *load, struct peer *peer, const char *epoch,
                 uint64_t since) {
  char id[TEMPLATE_DIGITS], channel[TEMPLATE_DIGITS], text[256];
  template_digits(peer->asked++, id);
  template_digits(room_of(load, peer), channel);
  int size = snprintf(text, sizeof text,
                      "[\"$join\",{\"since\":%" PRIu64
                      ",\"epoch\":\"%s\"},%.6s,\"%s%.6s\"]",
                      since, epoch, id, load->options.channel, channel);
  peer_say(load, peer, text, (size_t)size);
}

/* --- what it is answered --- */

/* Where the message ends but for `]` and, where there is one, its position. */
static size_t end_of(const struct load *load, const char *text, size_t size) {
  if (size < 2 || text[size - 1] != ']') return 0;
  size_t end = size - 1;
  if (!load->options.keeps) return end;
  while (end > 0 && text[end - 1] >= '0' && text[end - 1] <= '9')
    end--;
  return end > 0 && text[end - 1] == ',' ? end - 1 : 0;
}

static bool begins_with(const char *text, size_t size, const char *begin) {
  size_t length = strlen(begin);
  return size >= length && memcmp(text, begin, length) == 0;
}

/* Base's answer has a body, behind which the form begins. */
static bool has_form_at(const char *text, size_t end,
                        const struct template *form, unsigned number,
                        unsigned channel) {
  return end >= form->size && template_matches(form, text + end - form->size,
                                               form->size, number, channel);
}

void room_take_joined(struct load *load, struct peer *peer, const char *text,
                      size_t size) {
  bool is_right =
      is_socketio(load)
          ? template_matches(&forms.joined, text, size, peer->answered, 0)
          : begins_with(text, size, "[\"$joined\",{") &&
                has_form_at(text, end_of(load, text, size), &forms.joined,
                            peer->answered, room_of(load, peer));
  if (!is_right) peer_refuse(peer, text, size, "$joined");
  peer->answered++;
}

void room_take_left(struct load *load, struct peer *peer, const char *text,
                    size_t size) {
  if (!template_matches(&forms.left, text, size, peer->answered,
                        room_of(load, peer))) {
    peer_refuse(peer, text, size, "$left");
  }
  peer->answered++;
}

void room_take_sent(struct load *load, struct peer *peer, const char *text,
                    size_t size, unsigned number) {
  char begin[64] = "[\"$sent\",{}";
  bool is_right;
  if (load->options.keeps)
    snprintf(begin, sizeof begin, "[\"$sent\",{\"position\":%u}", number + 1);
  if (is_socketio(load))
    is_right = template_matches(&forms.sent, text, size, number, 0);
  else
    is_right =
        begins_with(text, size, begin) &&
        size == strlen(begin) + forms.sent.size &&
        has_form_at(text, size, &forms.sent, number, room_of(load, peer));
  if (!is_right) peer_refuse(peer, text, size, "answer of a channel");
}

/* --- what all are told --- */

struct tail room_tail(const struct load *load, unsigned number) {
  struct tail tail = {.bytes = "]", .size = 1};
  if (!load->options.keeps) return tail;
  if (is_socketio(load)) return (struct tail){0}; /* an offset */
  tail.size =
      (size_t)snprintf(tail.bytes, sizeof tail.bytes, ",%u]", number + 1);
  return tail;
}

/* `,"offset"]` */
static bool is_offset(const char *text, size_t size) {
  return size > 4 && size < ROOM_TAIL && memcmp(text, ",\"", 2) == 0 &&
         memcmp(text + size - 2, "\"]", 2) == 0;
}

bool room_is_said(const struct load *load, const struct peer *peer,
                  const char *text, size_t size, unsigned number,
                  const struct tail *tail) {
  size_t length = forms.said.size;
  if (size < length ||
      !template_matches(&forms.said, text, length, number, room_of(load, peer)))
    return false;
  if (tail->size == 0) return is_offset(text + length, size - length);
  return size - length == tail->size &&
         memcmp(text + length, tail->bytes, tail->size) == 0;
}

size_t room_missed(const char *text, size_t size, unsigned number) {
  size_t length = forms.missed.size;
  char tail[32];
  size_t rest = (size_t)snprintf(tail, sizeof tail, ",%u]", number + 1);
  if (size < length + rest ||
      !template_matches(&forms.missed, text, length, number, 0) ||
      memcmp(text + length, tail, rest) != 0)
    return 0;
  return length + rest;
}

bool room_is_news(const struct load *load, const char *text, size_t size) {
  (void)load;
  return begins_with(text, size, "[\"$members\",{");
}
