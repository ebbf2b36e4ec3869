#ifndef BASE_LIB_PLAIN_H
#define BASE_LIB_PLAIN_H

/*
** A script may set a locale (os.setlocale). What Base itself writes does not
** depend on it: the decimal point is a point, and the system's errors are in
** English.
*/
#include <locale.h>

/* Between these two calls the thread has the locale "C". Nothing may raise
   there. */
locale_t plain_begin(void);
void plain_end(locale_t before);

#endif
