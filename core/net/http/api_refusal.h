#ifndef BASE_NET_HTTP_API_REFUSAL_H
#define BASE_NET_HTTP_API_REFUSAL_H

/*
** The answer to a request of the API that HTTP itself refuses: JSON, like all
** answers of the API.
*/
#include <stdbool.h>

struct http_error;
struct message;

/* A whole answer, made like http_answer_error's; the connection ends after it.
   NULL when memory ran out. */
struct message *http_api_refusal(const struct http_error *error, bool is_head);

#endif
