#ifndef BASE_API_JSON_PARTS_H
#define BASE_API_JSON_PARTS_H

/*
** What the decoder, the encoder and the module of api_json share.
*/
#include "model/buffer.h"

#include <lua.h>

/* The registry keeps two metatables of a VM under the addresses of these:
   json.array_mt, and the one behind which json.empty_array shows it. */
extern const char api_json_array_mt;
extern const char api_json_guard_mt;

/* Of the stack, for one level of nesting: what a coder holds, and room to raise
   an error. */
enum { API_JSON_SLOTS = 12 };

/* As api_json_decode; a text that is refused is so at *refused_at. */
const char *api_json_decode_or_tell(lua_State *L, const char *at,
                                    const char *end, int depth,
                                    struct buffer *scratch,
                                    const char **refused_at);

#endif
