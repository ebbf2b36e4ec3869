#ifndef BASE_FUZZ_JSON_WITNESS_H
#define BASE_FUZZ_JSON_WITNESS_H

/*
** A second opinion on what JSON is, written as slowly and plainly as its
** grammar (RFC 8259), and with what Base refuses besides.
*/
#include <stdbool.h>

/* The text is ended by a zero, and has none inside. */
bool json_witness(const char *text);

#endif
