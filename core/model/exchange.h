#ifndef BASE_EXCHANGE_H
#define BASE_EXCHANGE_H

/*
** One HTTP request and the answer to it. Net makes it and owns it; a script
** finds it by its id and answers; net writes the answer at the end of the turn.
** When the peer goes first, the id finds nothing any more.
*/
#include "lib/buffer.h"
#include "lib/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct head;
struct message;
struct registry;

struct exchange {
  uint64_t id;
  struct registry *registry;
  void *socket;       /* net's */
  bool is_api;        /* came where the application speaks, not a browser */
  bool is_admitted;   /* showed a key of the API when its head came */
  struct head *head;  /* owned */
  struct buffer body; /* of the request */

  /* The answer; read-only, exchange_answer sets it. */
  bool is_answered;
  int status;             /* 0: the script left it to the public folder */
  struct buffer fields;   /* "Name: value\r\n" for each field */
  struct message *answer; /* MESSAGE_RAW, or NULL */
  char *file;             /* owned: a path below `folder` instead, or NULL */
  char *folder;           /* owned */
  struct list_link answered;
};

/* A new exchange with a new id. Takes the head; NULL (and the head freed) when
   memory ran out. */
struct exchange *exchange_open(struct registry *registry, struct head *head);
struct exchange *exchange_find(const struct registry *registry, uint64_t id);

/* Answers, once: false, and nothing taken, if it was answered already or memory
   ran out. Takes the fields' memory (leaving the buffer empty), a reference of
   its own to the message, a copy of the path. */
bool exchange_answer(struct exchange *exchange, int status,
                     struct buffer *fields, struct message *answer,
                     const char *file);

/* Answers so with a file below a folder; both paths are copied. */
bool exchange_answer_file(struct exchange *exchange, int status,
                          struct buffer *fields, const char *folder,
                          const char *file);

/* Takes one that was answered since, in order; NULL when there is none. */
struct exchange *exchange_take_answered(struct registry *registry);

/* The peer is gone, or all is written: frees it. */
void exchange_close(struct exchange *exchange);

#endif
