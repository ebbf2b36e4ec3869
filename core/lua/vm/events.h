#ifndef BASE_LUA_VM_EVENTS_H
#define BASE_LUA_VM_EVENTS_H

/*
** What the scripts tell the server.
*/
struct scripts_events {
  /* A script called os.exit: end as on SIGTERM, with this status. */
  void (*exit)(void *context, int status);
};

#endif
