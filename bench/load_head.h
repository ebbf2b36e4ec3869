#ifndef BASE_LOAD_HEAD_H
#define BASE_LOAD_HEAD_H

/*
** The HTTP of the opening handshake, RFC 6455 section 4, with a head like the
** one that Chromium sends to a site where somebody is logged in.
*/
#include <stddef.h>

struct bytes;
struct load;

/* Adds the request of a connection with this number. */
void head_write(const struct load *load, unsigned number, struct bytes *out);
/* Reads the server's answer. Returns how many bytes it takes, 0 if some are
   missing yet; ends the program if it is not the right one. */
size_t head_read(const struct load *load, const char *bytes, size_t size);

#endif
