#ifndef BASE_LUA_JSON_JSON_H
#define BASE_LUA_JSON_JSON_H

/*
** JSON between text and the Lua stack, without a tree in between. The wire uses
** it, and scripts through the module `base.json`.
**
**   list   <-> table with json.array_mt, or with exactly the keys 1…n
**   map    <-> table with string keys; an empty table is a map
**   null   <-> json.null, the light userdata NULL, as lua-cjson has it
**   number <-> integer over signed 64 bits, else float
*/
#include "lib/buffer.h"

#include <lua.h>

struct allowance;

/* Pushes the module table of `base.json`. Once for each VM. */
void json_open(lua_State *L);

/* A text to decode. */
struct json_text {
  const char *end;
  struct buffer *scratch; /* for strings with escapes */

  /* The time that decoding may take, which several decodings may share. NULL:
     it may take as long as the run in which it happens. */
  struct allowance *allowance;

  const char *refused_at; /* the value or sign that was refused */
};

/* Decodes the value that begins at `at` (white space may precede it), pushes
   it, and returns the place behind it. Returns NULL, with the stack as it was,
   when the text is refused or the allowance is used up. `depth` is the number
   of lists and maps around the value. Raises when memory runs out, and when the
   run is being ended. */
const char *json_decode(lua_State *L, const char *at, int depth,
                        struct json_text *text);

/* Appends the text of the value at `index`. Raises, blaming the caller of the
   running C function, for what JSON has no form for; the buffer may then hold a
   part of the text. `depth` as above. */
void json_encode(lua_State *L, int index, int depth, struct buffer *buffer);

/* Gives the table at the top json.array_mt: it is a list, even if it is empty.
 */
void json_mark_list(lua_State *L);

#endif
