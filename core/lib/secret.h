#ifndef BASE_LIB_SECRET_H
#define BASE_LIB_SECRET_H

/*
** Compares a secret with what a client has sent.
*/
#include "lib/text.h"

#include <stdbool.h>

/* Whether they are equal. The time depends only on the size of `given`, which
   its sender knows: not on how much of it is right, nor on the secret's size.
   An empty secret equals nothing. */
bool secret_equals(struct text secret, struct text given);

#endif
