#ifndef BASE_MODEL_EPOCH_H
#define BASE_MODEL_EPOCH_H

/*
** Tells a history from another one of the same channel: positions of different
** epochs cannot be compared.
*/
#include "lib/text.h"

#include <stdint.h>

enum { EPOCH_TEXT_SIZE = 16 };

/* A random one, below 2^40 and never 0. */
uint64_t epoch_random(void);

/* Prints it in base 36, as clients have it, with a zero at the end. */
void epoch_print(uint64_t epoch, char text[EPOCH_TEXT_SIZE]);

/* 0 when the text is none. */
uint64_t epoch_scan(struct text text);

#endif
