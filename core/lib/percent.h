#ifndef BASE_LIB_PERCENT_H
#define BASE_LIB_PERCENT_H

/*
** The percent-encoding of URLs, RFC 3986 section 2.1.
*/
#include "lib/text.h"

#include <stddef.h>

/* The byte that an escape ("%2F") at the text's beginning stands for; -1 when
   there is none. */
int percent_byte(struct text text);

/* Decodes into `decoded`, which has room for text.size bytes, and returns the
   size. -1 for an escape that is none. */
long percent_decode(struct text text, char *decoded);

#endif
