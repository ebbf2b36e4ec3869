#ifndef BASE_LUA_VM_EVENTS_H
#define BASE_LUA_VM_EVENTS_H

/*
** The events of the scripts, for the server.
*/
struct scripts_events {
  /* A script called os.exit: end as on SIGTERM, with this status. */
  void (*exit)(void *context, int status);
};

#endif
