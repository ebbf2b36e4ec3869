#ifndef BASE_LUA_TEST_HTTP_CLIENT_H
#define BASE_LUA_TEST_HTTP_CLIENT_H

/*
** Replaces io where scripts are tested: requests go nowhere, and the test
** answers them.
*/
#include "io/http_client.h"

#include <lua.h>

/* Pushes a list of { ticket, text, is_strangers } of the requests without an
   answer, the newest first. A text is "GET url", a line for each header, an
   empty line, and the body. */
void module_push_requests(lua_State *L);

/* Answers a request; false when there is none with this ticket. */
bool module_answer(uint64_t ticket, const struct http_result *result);

#endif
