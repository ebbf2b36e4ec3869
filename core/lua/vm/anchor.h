#ifndef BASE_LUA_VM_ANCHOR_H
#define BASE_LUA_VM_ANCHOR_H

/*
** What Lua keeps for C: values that each have a reference in Lua's registry.
*/
#include <lua.h>

enum anchor {
  ANCHOR_PROJECT = 1, /* what the last load made: see lua/base/project.lua */
  ANCHOR_LOAD,        /* function(options) -> project or nil, mistakes */
  ANCHOR_USE,         /* function(project): makes it the project that serves */
  ANCHOR_ACTIONS,     /* command -> action, or false when the hook `before`
                         comes first */
  ANCHOR_DISPATCH, /* function(connection, message): runs all other messages */
  ANCHOR_UNANSWERED,   /* function(connection, action, id, returned) */
  ANCHOR_RECEIVE,      /* function(connection, hook, text): the same for a raw
                          protocol */
  ANCHOR_AUTHENTICATE, /* function(connection) */
  ANCHOR_SERVE,        /* function(exchange id, request) */
  ANCHOR_API,          /* the same for a request of the API */
  ANCHOR_FAILED,       /* function(error, traceback, …): base.failure */
  ANCHOR_SLOW,         /* function(kind, name, place, …): base.slow */
  ANCHOR_TEXT,         /* function(error): its text */
  ANCHOR_HANDOVER,     /* the functions of lua/base/handover.lua */
  ANCHOR_MESSAGE,      /* the metatable of messages */
  ANCHOR_USERS,        /* id -> handle, weak */
  ANCHOR_CHANNELS,     /* name -> handle, weak */
  ANCHOR_REQUESTS,     /* id of a connection -> its head as tables, weak */
  ANCHOR_ASLEEP,       /* coroutine that only Base may resume -> true, weak */
  ANCHOR_PENDING,      /* timers that wait for the load to succeed, a list */
  ANCHOR_OWNED,        /* timers that belong to the last load, a list */
  ANCHOR_SEEN,    /* the paths that the last load looked at: path -> kind */
  ANCHOR_STATE,   /* base.state */
  ANCHOR_COMMAND, /* this string and the next three are the names of a
                     message's fields */
  ANCHOR_BODY,
  ANCHOR_ID,
  ANCHOR_CHANNEL,
  ANCHOR_COUNT = ANCHOR_CHANNEL
};

/* Pushes an anchored value; anchor_set pops one. */
void anchor_push(lua_State *L, enum anchor anchor);
void anchor_set(lua_State *L, enum anchor anchor);

#endif
