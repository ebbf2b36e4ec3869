#ifndef BASE_NET_HTTP_URL_H
#define BASE_NET_HTTP_URL_H

/*
** Makes the path of a URL into the path of a file below a folder. What could
** lead out of the folder or be read in two ways is refused, not repaired.
*/
#include "lib/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes "/a/b%20c/" into "a/b c/", and "/" into "". Returns false when the path
   does not fit or does not begin with a slash; has an escape that is not valid,
   an encoded slash, a backslash or a control character; or has a part that is
   empty or begins with a dot (except .well-known as the first part). Then
   `path` is undefined. */
bool url_to_path(struct text url, char *path, size_t size);

/* Whether a relative path passes the rules above. It is not decoded. */
bool url_is_safe_path(struct text path);

#endif
