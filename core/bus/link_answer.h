#ifndef BASE_BUS_LINK_ANSWER_H
#define BASE_BUS_LINK_ANSWER_H

/*
** An answer of a bus as a frame, LINK_ANSWER.
*/
#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct bus_answer;
struct link_frame;

/* Writes it. One that is too large for a frame becomes the word "memory". */
void link_put_answer(struct buffer *out, uint64_t ticket,
                     const struct bus_answer *answer);

/* Reads what stands behind the ticket, and gives it to `use`, whose views are
   valid during the call. False, and no call, if it is wrong. When memory runs
   out, the word is "memory". */
bool link_take_answer(struct link_frame *frame,
                      void (*use)(void *context,
                                  const struct bus_answer *answer),
                      void *context);

#endif
