#ifndef BASE_LUA_SESSION_CHANNEL_HOOKS_H
#define BASE_LUA_SESSION_CHANNEL_HOOKS_H

/*
** The hooks `occupied` and `vacated` of the rules of channels.
*/
struct scripts;

/* From here on the registry's channels call them. */
void channel_hooks_open(struct scripts *scripts);

#endif
