#ifndef BASE_HTTPS_H
#define BASE_HTTPS_H

/*
** libcurl's TLS options: which certificates a request trusts, and how much work
** without data a server may cause in OpenSSL (tls/records.h).
*/
#include <curl/curl.h>

struct http_request;

/* Call once at the start. Logs a line if libcurl uses a TLS library that cannot
   be watched; requests work all the same. */
void https_open(void);

/* Prepares the handle of a request. */
void https_prepare(CURL *curl, const struct http_request *request);

/* Bytes of the answer have come. */
void https_brought_data(CURL *curl);

#endif
