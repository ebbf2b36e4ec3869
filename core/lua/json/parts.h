#ifndef BASE_LUA_JSON_PARTS_H
#define BASE_LUA_JSON_PARTS_H

/*
** What the decoder, the encoder and the module share.
*/
/* The registry keeps two metatables of a VM under the addresses of these:
   json.array_mt, and the one behind which json.empty_array shows it. */
extern const char json_array_mt;
extern const char json_guard_mt;

/* Of the stack, for one level of nesting: what a coder holds, and room to raise
   an error. */
enum { JSON_SLOTS = 12 };

#endif
