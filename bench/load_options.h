#ifndef BASE_LOAD_OPTIONS_H
#define BASE_LOAD_OPTIONS_H

/*
** What the command line asks for. Strings are the command line's own.
*/
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum protocol {
  SPEAK_BASE,     /* ["command",body,id] */
  SPEAK_SOCKETIO, /* socket.io's events and acknowledgements on Engine.IO 4 */
  SPEAK_RAW       /* as Base, of a server that sends everything back */
};

enum work_kind {
  WORK_ASK,
  WORK_OPEN,
  WORK_TELL,
  WORK_CONNECT,
  WORK_IDLE,
  WORK_SAY,
  WORK_JOIN,
  WORK_STORM,
  WORK_RECOVER
};

struct options {
  const char *host;
  uint16_t port;
  enum protocol protocol;
  enum work_kind work;
  unsigned connections, in_flight, idle;
  double rate, warmup, seconds, patience;
  pid_t pid; /* of the server; 0: not measured */
  bool tls, deflate, guest, bystander;
  unsigned channels;   /* the connections are shared out among them */
  const char *channel; /* how their names begin */
  bool keeps;          /* messages of channels have positions, or offsets */
  unsigned missed;     /* messages between a loss and the recovery */
  size_t size; /* of a question as Base has it; 0: as long as its body is */
  const char *command, *body, *answer, *answer_body, *told, *told_body;
};

/* Ends the program with a line on standard error, or with the usage. */
struct options options_parse(int count, char **arguments);

#endif
