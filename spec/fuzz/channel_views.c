#include "channel_views.h"

#include "fuzz.h"

#include "lib/buffer.h"
#include "lib/owner.h"
#include "model/channel.h"
#include "model/message.h"
#include "model/presence.h"

static const char joined[] = "[\"$joined\",{", members[] = "[\"$members\",{";

/* Behind the word, or NULL. */
static const char *behind(const char *text, const char *word) {
  const char *found = strstr(text, word);
  return found ? found + strlen(word) : NULL;
}

/* Takes `"a":{"n":3},"b":{}}`. */
static void take_members(struct view *view, const char *at) {
  while (*at == '"') {
    char id = at[1];
    MUST(id >= 'a' && id <= 'z' && memcmp(at + 2, "\":{", 3) == 0);
    at += 5;
    view->members[id - 'a'] = '{';
    if (*at == '"') {
      MUST(memcmp(at, "\"n\":", 4) == 0);
      view->members[id - 'a'] = at[4];
      at += 5;
    }
    MUST(*at++ == '}');
    if (*at == ',') at++;
  }
  MUST(*at == '}');
}

/* Takes `"a","b"]`. */
static void take_went(struct view *view, const char *at) {
  while (*at == '"') {
    view->members[at[1] - 'a'] = 0;
    MUST(at[2] == '"');
    at += 3;
    if (*at == ',') at++;
  }
  MUST(*at == ']');
}

static void take(struct view *view, const char *text) {
  const char *at;
  if ((at = behind(text, "\"members\":{"))) {
    memset(view->members, 0, sizeof view->members);
    view->is_listed = true;
    take_members(view, at);
  }
  if (strstr(text, "\"listed\":false")) view->is_listed = false;
  if ((at = behind(text, "\"came\":{"))) take_members(view, at);
  if ((at = behind(text, "\"went\":["))) take_went(view, at);
  MUST((at = behind(text, "\"count\":")));
  view->count = (uint32_t)strtoul(at, NULL, 10);
}

struct message *view_joined(struct presence *presence, uint64_t connection,
                            const char *name) {
  struct buffer buffer = {0};
  buffer_append_string(&buffer, joined);
  if (presence) presence_show(presence, connection, &buffer);
  buffer_print(&buffer, "},null,\"%s\"]", name);
  struct message *message =
      message_new(MESSAGE_TEXT, buffer.bytes, buffer.size);
  if (!message) abort();
  buffer_free(&buffer);
  return message;
}

static bool begins_with(struct text message, const char *head) {
  return message.size >= strlen(head) &&
         memcmp(message.bytes, head, strlen(head)) == 0;
}

bool view_scan_name(struct text message, const char *const *names, int count,
                    int *name) {
  if (!begins_with(message, members) && !begins_with(message, joined))
    return false;
  for (*name = 0; *name < count; ++*name) {
    char end[32];
    int size = snprintf(end, sizeof end, ",null,\"%s\"]", names[*name]);
    if (message.size > (size_t)size &&
        memcmp(message.bytes + message.size - size, end, (size_t)size) == 0)
      return true;
  }
  fuzz_fail(__FILE__, __LINE__, "the message names its channel");
  return false;
}

void view_take(struct view *view, struct text message) {
  char *text = malloc(message.size + 1);
  if (!text) abort();
  memcpy(text, message.bytes, message.size);
  text[message.size] = '\0';
  if (begins_with(message, joined)) *view = (struct view){0};
  view->is_on = strstr(text, "\"count\":") != NULL;
  if (view->is_on) take(view, text);
  free(text);
}

void view_check(const struct view *view, const struct presence *presence) {
  if (!presence || !view->is_on) return;
  if (timer_is_running(&presence->pause)) return;
  MUST(view->count == presence_count(presence));
  MUST(view->is_listed == presence->is_listed);
  if (!view->is_listed) return;
  char there[26] = {0};
  list_each(const struct member, member, &presence->members, of_channel) {
    if (!member->is_here) continue;
    MUST(member->connections > 0 || member->absence);
    there[*member->id - 'a'] =
        member->info && member->info[1] != '}' ? member->info[5] : '{';
  }
  MUST(memcmp(there, view->members, sizeof there) == 0);
}
