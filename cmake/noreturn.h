/*
** For clang-tidy alone: Lua's headers do not say which functions never return,
** and without that its analyzer goes on past a raised error.
*/
struct lua_State;

__attribute__((noreturn)) int lua_error(struct lua_State *L);
__attribute__((noreturn)) int luaL_error(struct lua_State *L,
                                         const char *format, ...);
__attribute__((noreturn)) int luaL_argerror(struct lua_State *L, int argument,
                                            const char *text);
__attribute__((noreturn)) int luaL_typeerror(struct lua_State *L, int argument,
                                             const char *name);
