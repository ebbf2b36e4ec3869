#ifndef BASE_LOAD_PACKING_H
#define BASE_LOAD_PACKING_H

/*
** Messages of permessage-deflate (RFC 7692) where neither side keeps a window:
** each is compressed and inflated by itself.
*/
#include <stddef.h>

struct bytes;
struct packing;

struct packing *packing_new(void);
/* Adds to `out` what the payload of a compressed frame is. */
void packing_deflate(struct packing *packing, const char *bytes, size_t size,
                     struct bytes *out);
/* Adds to `out` the message that such a payload holds; ends the program if it
   is none. */
void packing_inflate(struct packing *packing, const char *bytes, size_t size,
                     struct bytes *out);
void packing_free(struct packing *packing);

#endif
