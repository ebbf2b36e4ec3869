#include "lua/test/http_client.h"

#include "lib/buffer.h"

#include <stdlib.h>

struct recorded_request {
  uint64_t ticket;
  struct buffer text;
  enum http_party party;
  void (*on_done)(void *context, const struct http_result *result);
  void *context;
  struct recorded_request *next;
};

static struct recorded_request *all;
static uint64_t last_ticket;

static void print_request(struct recorded_request *recorded,
                          const struct http_request *request) {
  buffer_print(&recorded->text, "%s %s\n", request->method, request->url);
  for (const char *const *each = request->headers; *each; each++)
    buffer_print(&recorded->text, "%s\n", *each);
  buffer_append(&recorded->text, "\n", 1);
  if (request->body.bytes)
    buffer_append(&recorded->text, request->body.bytes, request->body.size);
}

uint64_t http_client_start(struct http_client *client,
                           const struct http_request *request,
                           const char **word) {
  struct recorded_request *recorded = calloc(1, sizeof *recorded);
  (void)client;
  *word = "memory";
  if (!recorded) return 0;
  print_request(recorded, request);
  recorded->ticket = ++last_ticket;
  recorded->party = request->party;
  recorded->on_done = request->on_done;
  recorded->context = request->context;
  recorded->next = all;
  all = recorded;
  return recorded->ticket;
}

static struct recorded_request *take_recorded(uint64_t ticket) {
  for (struct recorded_request **place = &all; *place;
       place = &(*place)->next) {
    struct recorded_request *recorded = *place;
    if (recorded->ticket != ticket) continue;
    *place = recorded->next;
    return recorded;
  }
  return NULL;
}

static void free_recorded(struct recorded_request *recorded) {
  buffer_free(&recorded->text);
  free(recorded);
}

void http_client_cancel(struct http_client *client, uint64_t ticket) {
  struct recorded_request *recorded = take_recorded(ticket);
  (void)client;
  if (recorded) free_recorded(recorded);
}

void http_client_admit(struct http_client *client, uint64_t ticket) {
  (void)client;
  for (struct recorded_request *recorded = all; recorded;
       recorded = recorded->next) {
    if (recorded->ticket == ticket) recorded->party = HTTP_MEMBERS;
  }
}

void module_push_requests(lua_State *L) {
  lua_newtable(L);
  lua_Integer count = 0;
  for (const struct recorded_request *recorded = all; recorded;
       recorded = recorded->next) {
    lua_createtable(L, 3, 0);
    lua_pushinteger(L, (lua_Integer)recorded->ticket);
    lua_rawseti(L, -2, 1);
    lua_pushlstring(L, recorded->text.bytes, recorded->text.size);
    lua_rawseti(L, -2, 2);
    lua_pushboolean(L, recorded->party == HTTP_STRANGERS);
    lua_rawseti(L, -2, 3);
    lua_rawseti(L, -2, ++count);
  }
}

bool module_answer(uint64_t ticket, const struct http_result *result) {
  struct recorded_request *recorded = take_recorded(ticket);
  if (!recorded) return false;
  recorded->on_done(recorded->context, result);
  free_recorded(recorded);
  return true;
}
