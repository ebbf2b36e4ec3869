#ifndef BASE_LIB_PERCENT_H
#define BASE_LIB_PERCENT_H

/*
** The percent-encoding of URLs, RFC 3986 section 2.1.
*/
#include "lib/text.h"

#include <stddef.h>

/* The byte that an escape ("%2F") at the beginning of the text stands for; -1
   when the text does not begin with one. */
int percent_byte(struct text text);

/* Decodes into `decoded`, which has room for text.size bytes, and returns the
   size. Returns -1 when an escape is not valid. */
long percent_decode(struct text text, char *decoded);

#endif
