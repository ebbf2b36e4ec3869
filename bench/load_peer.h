#ifndef BASE_LOAD_PEER_H
#define BASE_LOAD_PEER_H

/*
** One connection, from its handshake to its end. It sees to the protocol by
** itself, and tells the work of the run when it is ready and what it is told.
*/
#include "load_bytes.h"
#include "load_stream.h"

#include <stdbool.h>
#include <stdint.h>

struct load;

enum peer_stage {
  PEER_NONE,
  PEER_CONNECTING, /* TCP, and TLS where there is any */
  PEER_UPGRADING,  /* the handshake has been sent */
  PEER_GREETING,   /* until "authenticated" has come */
  PEER_READY,
  PEER_CLOSING, /* we sent Close */
  PEER_CLOSED   /* and got the server's; its end of the stream is to come */
};

enum { PEER_RING = 1024 }; /* most questions that wait for an answer */

struct peer {
  struct stream stream;
  enum peer_stage stage;
  unsigned number; /* of all that were ever opened */
  bool is_silent, is_bystander, is_waiting_to_write;
  unsigned asked, answered, heard;
  uint64_t opened_at;
  uint64_t *asked_at; /* a ring of PEER_RING, or NULL if none was ever asked */
  struct bytes in, out;
};

void peer_open(struct load *load, struct peer *peer);
/* What epoll says about its descriptor. */
void peer_handle(struct load *load, struct peer *peer, uint32_t events);
/* Adds a question, which is due at that time, to what is to be written. */
void peer_ask(struct load *load, struct peer *peer, uint64_t due);
/* Checks an answer to the oldest question, and counts it. */
void peer_take_answer(struct load *load, struct peer *peer, const char *text,
                      size_t size);
/* Writes what was added, as far as it goes. */
void peer_flush(struct load *load, struct peer *peer);
/* Adds any text. */
void peer_say(struct load *load, struct peer *peer, const char *text,
              size_t size);
/* Drops the connection without a word. It may be opened again. */
void peer_cut(struct load *load, struct peer *peer);
/* Begins to close with 1000. */
void peer_close(struct load *load, struct peer *peer);
/* Ends the program over a message that is not the one expected. */
_Noreturn void peer_refuse(const struct peer *peer, const char *text,
                           size_t size, const char *expected);
void peer_free(struct peer *peer);

#endif
