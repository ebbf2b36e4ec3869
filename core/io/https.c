#include "io/https.h"

#include "io/http_client.h"
#include "lib/log.h"
#include "tls/records.h"

#include <stdbool.h>
#include <string.h>

static bool is_watched;

/* libcurl reports the failed request itself. */
static void on_excess(struct ssl_st *connection) {
  (void)connection;
  log_event(
      LOG_DEBUG,
      "http: closed a connection to an upstream (TLS records without data)");
}

static const struct records_events events = {.excess = on_excess};

void https_open(void) {
  const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;
  is_watched = name && strncmp(name, "OpenSSL/", strlen("OpenSSL/")) == 0;
  if (is_watched) return;
  log_event(LOG_WARN,
            "libcurl uses %s for TLS, not OpenSSL: TLS records without data "
            "from upstreams are not limited",
            name ? name : "none");
}

static CURLcode on_context(CURL *curl, void *ssl_context, void *context) {
  (void)curl;
  (void)context;
  records_watch(ssl_context, &events);
  return CURLE_OK;
}

/* Without a folder of certificates libcurl reads the file once and keeps it;
   with one it would read the file for each connection. */
void https_prepare(CURL *curl, const struct http_request *request) {
  if (is_watched) curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_context);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
  if (request->authorities)
    curl_easy_setopt(curl, CURLOPT_CAINFO, request->authorities);
  if (!request->trusts_anybody) return;
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

void https_brought_data(CURL *curl) {
  struct curl_tlssessioninfo *session = NULL;
  if (!is_watched) return;
  curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &session);
  if (session && session->backend == CURLSSLBACKEND_OPENSSL &&
      session->internals)
    (void)records_brought_data(session->internals);
}
