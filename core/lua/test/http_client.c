#include "lua/test/http_client.h"

#include "lib/buffer.h"

#include <stdlib.h>

struct asked {
  uint64_t ticket;
  struct buffer text;
  enum http_party party;
  void (*on_done)(void *context, const struct http_result *result);
  void *context;
  struct asked *next;
};

static struct asked *all;
static uint64_t last_ticket;

static void print(struct asked *asked, const struct http_request *request) {
  buffer_print(&asked->text, "%s %s\n", request->method, request->url);
  for (const char *const *each = request->headers; *each; each++)
    buffer_print(&asked->text, "%s\n", *each);
  buffer_append(&asked->text, "\n", 1);
  if (request->body.bytes)
    buffer_append(&asked->text, request->body.bytes, request->body.size);
}

uint64_t http_client_start(struct http_client *client,
                           const struct http_request *request,
                           const char **word) {
  struct asked *asked = calloc(1, sizeof *asked);
  (void)client;
  *word = "memory";
  if (!asked) return 0;
  print(asked, request);
  asked->ticket = ++last_ticket;
  asked->party = request->party;
  asked->on_done = request->on_done;
  asked->context = request->context;
  asked->next = all;
  all = asked;
  return asked->ticket;
}

static struct asked *take(uint64_t ticket) {
  for (struct asked **place = &all; *place; place = &(*place)->next) {
    struct asked *asked = *place;
    if (asked->ticket != ticket) continue;
    *place = asked->next;
    return asked;
  }
  return NULL;
}

static void drop(struct asked *asked) {
  buffer_free(&asked->text);
  free(asked);
}

void http_client_cancel(struct http_client *client, uint64_t ticket) {
  struct asked *asked = take(ticket);
  (void)client;
  if (asked) drop(asked);
}

void http_client_admit(struct http_client *client, uint64_t ticket) {
  (void)client;
  for (struct asked *asked = all; asked; asked = asked->next) {
    if (asked->ticket == ticket) asked->party = HTTP_MEMBERS;
  }
}

void module_push_requests(lua_State *L) {
  lua_newtable(L);
  lua_Integer count = 0;
  for (const struct asked *asked = all; asked; asked = asked->next) {
    lua_createtable(L, 3, 0);
    lua_pushinteger(L, (lua_Integer)asked->ticket);
    lua_rawseti(L, -2, 1);
    lua_pushlstring(L, asked->text.bytes, asked->text.size);
    lua_rawseti(L, -2, 2);
    lua_pushboolean(L, asked->party == HTTP_STRANGERS);
    lua_rawseti(L, -2, 3);
    lua_rawseti(L, -2, ++count);
  }
}

bool module_answer(uint64_t ticket, const struct http_result *result) {
  struct asked *asked = take(ticket);
  if (!asked) return false;
  asked->on_done(asked->context, result);
  drop(asked);
  return true;
}
