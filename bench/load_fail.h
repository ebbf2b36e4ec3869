#ifndef BASE_LOAD_FAIL_H
#define BASE_LOAD_FAIL_H

/*
** The one way out when something is wrong: a line on standard error, and the
** exit status 1. A load that goes on after a wrong reply measures nothing.
*/
_Noreturn void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
