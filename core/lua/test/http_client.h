#ifndef BASE_LUA_TEST_HTTP_CLIENT_H
#define BASE_LUA_TEST_HTTP_CLIENT_H

/*
** What stands in for io where scripts are tested: requests go nowhere, and the
** test answers them.
*/
#include "io/http_client.h"

#include <lua.h>

/* Pushes a list of { ticket, text, is_strangers } of the requests that nobody
   has answered, the newest first. A text is "GET url", a line for each header,
   an empty one, and the body. */
void module_push_requests(lua_State *L);

/* Answers one; false when it was cancelled, or is none. */
bool module_answer(uint64_t ticket, const struct http_result *result);

#endif
