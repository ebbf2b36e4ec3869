#ifndef BASE_NET_HTTP_URL_H
#define BASE_NET_HTTP_URL_H

/*
** The path of a URL, made into the path of a file below some folder. What could
** lead out of the folder, or be read in two ways, is refused rather than
** repaired.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes "/a/b%20c/" into "a/b c/", and "/" into "". False, and `path` is
   nothing, when it does not fit, does not begin with a slash, has an escape
   that is none, an encoded slash, a backslash, a control character, an empty
   part, or one that begins with a dot (but .well-known, as the first). */
bool url_to_path(struct text url, char *path, size_t size);

/* Whether a relative path, as it is, passes the rules above. */
bool url_is_safe_path(struct text path);

#endif
