#ifndef BASE_API_KEY_H
#define BASE_API_KEY_H

/*
** The keys of the API: whether a request shows a valid one.
*/
#include <stdbool.h>

struct head;
struct string_list;

/* Whether the request has exactly one Authorization field, and it is "Bearer
   KEY" with one of the keys. Compares with all of them, so that the time tells
   nothing. */
bool api_key_is_shown(const struct head *head, const struct string_list *keys);

#endif
