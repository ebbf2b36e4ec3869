#ifndef BASE_LUA_JSON_PARTS_H
#define BASE_LUA_JSON_PARTS_H

/*
** What the decoder, the encoder and the module share.
*/
/* Lua's registry keeps two metatables under the addresses of these:
   json.array_mt, and the guard of json.empty_array, which shows array_mt in its
   place. */
extern const char json_array_mt;
extern const char json_guard_mt;

/* Stack slots for one level of nesting, with room to raise an error. */
enum { JSON_SLOTS = 12 };

#endif
