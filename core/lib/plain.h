#ifndef BASE_LIB_PLAIN_H
#define BASE_LIB_PLAIN_H

/*
** What Base writes itself obeys no locale that a script has set (os.setlocale):
** a number has a point, an error of the system its English words.
*/
#include <locale.h>

/* Between these two the thread has the locale of C. Nothing may raise there. */
locale_t plain_begin(void);
void plain_end(locale_t before);

#endif
