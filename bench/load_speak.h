#ifndef BASE_LOAD_SPEAK_H
#define BASE_LOAD_SPEAK_H

/*
** How the questions and answers of a run look on the wire, in the protocol of
** the server that is asked. Made once, filled with numbers for each message.
*/
#include "load_bytes.h"
#include "load_options.h"
#include "load_template.h"

struct packing;

struct speak {
  enum protocol kind;
  struct template question, answer, told, welcome;
  bool has_welcome;
  bool has_offsets;   /* socket.io's, which it adds to what it sends */
  struct bytes frame; /* the question, masked, with its head */
  size_t head_size;
  char mask[4];
  struct packing *packing; /* NULL: nothing is compressed */
  struct bytes plain, packed;
  struct bytes received; /* an answer that was compressed */
};

void speak_open(struct speak *speak, const struct options *options);
/* Adds the frame of a question to what is to be written. */
void speak_ask(struct speak *speak, struct bytes *out, unsigned question,
               unsigned connection);
/* Adds the frame of any short text, never compressed. */
void speak_text(struct speak *speak, struct bytes *out, const char *text,
                size_t size);
void speak_close(struct speak *speak);

#endif
