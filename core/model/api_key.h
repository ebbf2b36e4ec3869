#ifndef BASE_API_KEY_H
#define BASE_API_KEY_H

/*
** The keys of the API: whether a request shows one.
*/
#include <stdbool.h>

struct head;
struct string_list;

/* Whether its one Authorization field is "Bearer KEY" with one of the keys.
   Looks at all of them, so that the time that it takes tells nothing. */
bool api_key_is_shown(const struct head *head, const struct string_list *keys);

#endif
