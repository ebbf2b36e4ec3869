#ifndef BASE_NET_HTTP_HEAD_H
#define BASE_NET_HTTP_HEAD_H

/*
** What a request's head must look like (RFC 9112): what two programs might
** read in two ways is refused. Keeps nothing.
*/
#include <stdbool.h>
#include <stddef.h>

struct head;
struct http_error;

/* Looks for the end of a head, whose beginning is at `bytes`. Returns its size
   with the empty line; 0 when more bytes are needed, or when *error was set.
   Begin with *scanned = 0; the next call goes on there. */
size_t http_head_scan(const char *bytes, size_t size, size_t *scanned,
                      struct http_error *error);

/* Checks a whole head that was scanned. False, and *error set, when it is
   refused. */
bool http_head_check(const struct head *head, struct http_error *error);

/* Checks the method of a head that was checked. False, and *error set, when it
   is one that is not served (501), or none (400). */
bool http_head_check_method(const struct head *head, struct http_error *error);

/* Whether it may stand in a field's value. */
bool http_head_is_value_byte(char byte);

/* Whether the client wants the connection to go on after the answer. */
bool http_head_is_persistent(const struct head *head);

#endif
