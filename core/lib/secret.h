#ifndef BASE_LIB_SECRET_H
#define BASE_LIB_SECRET_H

/*
** Comparing what somebody says with what is secret.
*/
#include "lib/text.h"

#include <stdbool.h>

/* Whether they are equal. How long it takes depends on the size of `given`,
   which its sender knows, and on nothing else: neither on how much of it is
   right nor on the secret's size. An empty secret equals nothing. */
bool secret_equals(struct text secret, struct text given);

#endif
