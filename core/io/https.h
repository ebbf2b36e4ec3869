#ifndef BASE_HTTPS_H
#define BASE_HTTPS_H

/*
** What libcurl is told about TLS: whom a request trusts, and how much a server
** may have OpenSSL do that brings no data (tls/records.h).
*/
#include <curl/curl.h>

struct http_request;

/* To be called once at the start. A log line where libcurl has a TLS of its own
   that cannot be watched: requests work all the same. */
void https_open(void);

/* Prepares the handle of a request. */
void https_prepare(CURL *curl, const struct http_request *request);

/* Bytes of the answer have come. */
void https_brought_data(CURL *curl);

#endif
