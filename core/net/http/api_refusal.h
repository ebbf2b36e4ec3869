#ifndef BASE_NET_HTTP_API_REFUSAL_H
#define BASE_NET_HTTP_API_REFUSAL_H

/*
** What the application is told of a request that never becomes one: as all that
** the API says, it is JSON.
*/
#include <stdbool.h>

struct http_error;
struct message;

/* A whole answer, after which the connection ends, as http_answer_error makes
   it of words. NULL when memory ran out. */
struct message *http_api_refusal(const struct http_error *error, bool is_head);

#endif
