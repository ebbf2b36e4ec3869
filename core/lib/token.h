#ifndef BASE_LIB_TOKEN_H
#define BASE_LIB_TOKEN_H

/*
** A token of HTTP, RFC 9110 section 5.6.2: the grammar of methods and field
** names.
*/
#include "lib/text.h"

#include <stdbool.h>

bool token_has_byte(char byte);
bool token_is_valid(struct text text);

#endif
