#ifndef BASE_EXCHANGE_H
#define BASE_EXCHANGE_H

/*
** One HTTP request and the answer to it. Net makes and owns it. A script finds
** it by its id and answers. Net writes the answer at the end of the turn. When
** the peer goes before that, the id finds nothing any more.
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
  bool is_api;        /* it came on a listener of the API */
  bool is_admitted;   /* its head shows a valid key of the API */
  struct head *head;  /* owned */
  struct buffer body; /* the body of the request */

  /* The answer. Read-only: exchange_answer sets it. */
  bool is_answered;
  int status;             /* 0: the script leaves it to the public folder */
  struct buffer fields;   /* "Name: value\r\n" for each field */
  struct message *answer; /* MESSAGE_RAW, or NULL */
  char *file;             /* owned: the answer is this file below `folder`; or
                             NULL */
  char *folder;           /* owned */
  struct list_link answered;
};

/* A new exchange with a new id. Takes the head; NULL (and the head freed) when
   memory ran out. */
struct exchange *exchange_open(struct registry *registry, struct head *head);
struct exchange *exchange_find(const struct registry *registry, uint64_t id);

/* Answers once. Returns false and takes nothing if it was answered already or
   memory ran out. Takes the fields' memory and leaves that buffer empty; takes
   its own reference of the message, and a copy of the path. */
bool exchange_answer(struct exchange *exchange, int status,
                     struct buffer *fields, struct message *answer,
                     const char *file);

/* Answers with a file below a folder; both paths are copied. */
bool exchange_answer_file(struct exchange *exchange, int status,
                          struct buffer *fields, const char *folder,
                          const char *file);

/* Takes the exchange that was answered first; NULL when there is none. */
struct exchange *exchange_take_answered(struct registry *registry);

/* Frees it, after all is written or when the peer is gone. */
void exchange_close(struct exchange *exchange);

#endif
