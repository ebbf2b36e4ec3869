#ifndef BASE_LOAD_BYSTANDER_H
#define BASE_LOAD_BYSTANDER_H

/*
** One connection that has nothing to do with the work: it asks at a rate,
** whatever the answers do, and shows how long the work keeps others waiting.
*/
#include <stddef.h>
#include <stdint.h>

struct load;
struct peer;

/* In each turn. Returns when the next question is due. */
uint64_t bystander_turn(struct load *load, uint64_t now);
void bystander_text(struct load *load, struct peer *peer, const char *text,
                    size_t size);

#endif
