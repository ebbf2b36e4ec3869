#ifndef BASE_API_JSON_H
#define BASE_API_JSON_H

/*
** JSON between text and the Lua stack, without a tree in between. It is the
** codec of the wire and, for scripts, the module `base.json`.
**
**   list   <-> table with json.array_mt, or with exactly the keys 1…n
**   map    <-> table with string keys; an empty table is a map
**   null   <-> json.null, the light userdata NULL, as lua-cjson has it
**   number <-> integer over signed 64 bits, else float
*/
#include "model/buffer.h"

#include <lua.h>

/* Pushes the module table of `base.json`. Once for each VM. */
void api_json_open(lua_State *L);

/* Decodes the value that begins at `at` (white space may precede it), pushes
   it, and returns the place behind it; NULL when the text is refused, with the
   stack as it was. `depth` is how many lists and maps are around it already.
   May raise out of memory. */
const char *api_json_decode(lua_State *L, const char *at, const char *end,
                            int depth, struct buffer *scratch);

/* Appends the text of the value at `index`. Raises, blaming the caller of the
   running C function, for what JSON cannot say; the buffer may then hold a part
   of it. `depth` as above. */
void api_json_encode(lua_State *L, int index, int depth, struct buffer *buffer);

#endif
