#include "io/http_transfer.h"

#include "io/https.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* --- the answer as it comes --- */

static bool says_gzip(struct text line) {
  const char *colon = memchr(line.bytes, ':', line.size);
  if (!colon) return false;
  struct text name = {line.bytes, (size_t)(colon - line.bytes)};
  size_t size = line.size - name.size - 1;
  if (size > 0 && colon[size] == '\n') size--;
  if (size > 0 && colon[size] == '\r') size--;
  struct text value = text_trim((struct text){colon + 1, size});
  return text_equals_nocase(name, text_of("content-encoding")) &&
         (text_equals_nocase(value, text_of("gzip")) ||
          text_equals_nocase(value, text_of("x-gzip")));
}

/* Each answer, also one of a redirect, begins with a status line: only the head
   of the last one is kept. */
static bool take_head_line(struct http_transfer *transfer, const char *bytes,
                           size_t size) {
  if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    buffer_clear(&transfer->head);
    transfer->has_head = transfer->is_packed = false;
    return true;
  }
  if (transfer->has_head) return true;
  if (size <= 2) {
    transfer->has_head = true;
    return true;
  }
  if (says_gzip((struct text){bytes, size})) transfer->is_packed = true;
  return buffer_append(&transfer->head, bytes, size);
}

static size_t on_head(char *bytes, size_t one, size_t size, void *context) {
  struct http_transfer *transfer = context;
  (void)one;
  https_brought_data(transfer->curl);
  transfer->head_seen += size;
  transfer->is_too_large = transfer->head_seen > HTTP_HEAD_MAX;
  if (transfer->is_too_large) return 0;
  return take_head_line(transfer, bytes, size) ? size : 0;
}

/* A small body that unpacks to a huge one is refused here. */
static bool unpack_body(struct http_transfer *transfer, const char *bytes,
                        size_t size) {
  enum gunzipped result = gunzip_feed(&transfer->gunzip, bytes, size,
                                      &transfer->body, transfer->max_body);
  transfer->is_too_large = result == GUNZIPPED_TOO_LARGE;
  return result == GUNZIPPED;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *context) {
  struct http_transfer *transfer = context;
  (void)one;
  https_brought_data(transfer->curl);
  if (transfer->is_packed) return unpack_body(transfer, bytes, size) ? size : 0;
  transfer->is_too_large = transfer->body.size + size > transfer->max_body;
  if (transfer->is_too_large) return 0;
  return buffer_append(&transfer->body, bytes, size) ? size : 0;
}

/* Programs that a script starts must not inherit our sockets. */
static int on_socket_opened(void *context, curl_socket_t socket,
                            curlsocktype purpose) {
  (void)context;
  (void)purpose;
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  return CURL_SOCKOPT_OK;
}

/* --- the request --- */

static void set_callbacks(struct http_transfer *transfer) {
  CURL *curl = transfer->curl;
  curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, on_socket_opened);
}

/* Options of every request. Without QUICK_EXIT, giving up a request would block
   the loop until the system has answered the name lookup. */
static void set_manners(CURL *curl) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "base/" BASE_VERSION);
}

static bool set_method(CURL *curl, const struct http_request *request) {
  const char *method = request->method;
  bool has_body = request->body.bytes != NULL;
  if (strcmp(method, "HEAD") == 0) {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return true;
  }
  if (strcmp(method, "GET") == 0 && !has_body) return true;
  /* POST, PUT and PATCH state their body's length even when it is empty. */
  bool has_length = has_body || method[0] == 'P';
  if (has_length) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)request->body.size);
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS,
                     has_body ? request->body.bytes : "");
  }
  return curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK;
}

static void set_limits(CURL *curl, const struct http_request *request) {
  bool is_head = strcmp(request->method, "HEAD") == 0;
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)request->connect_timeout);
  if (!is_head && request->max_body <= INT64_MAX)
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE,
                     (curl_off_t)request->max_body);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION,
                   request->redirects > 0 ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)request->redirects);
}

static bool add_header(struct http_transfer *transfer, const char *line) {
  struct curl_slist *list = curl_slist_append(transfer->headers, line);
  if (list) transfer->headers = list;
  return list != NULL;
}

static bool set_headers(struct http_transfer *transfer,
                        const struct http_request *request) {
  bool says_encoding = false;
  for (const char *const *each = request->headers; *each; each++) {
    if (!add_header(transfer, *each)) return false;
    if (strncmp(*each, "accept-encoding:", 16) == 0) says_encoding = true;
  }
  if (!says_encoding && !add_header(transfer, "accept-encoding: gzip"))
    return false;
  curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
  return true;
}

static const char *prepare_transfer(struct http_transfer *transfer,
                                    const struct http_request *request) {
  transfer->curl = curl_easy_init();
  transfer->url = curl_url();
  if (!transfer->curl || !transfer->url) return "memory";
  CURLUcode code = curl_url_set(transfer->url, CURLUPART_URL, request->url, 0);
  if (code != CURLUE_OK) return code == CURLUE_OUT_OF_MEMORY ? "memory" : "url";
  curl_easy_setopt(transfer->curl, CURLOPT_CURLU, transfer->url);
  set_callbacks(transfer);
  set_manners(transfer->curl);
  https_prepare(transfer->curl, request);
  set_limits(transfer->curl, request);
  if (request->unix_path)
    curl_easy_setopt(transfer->curl, CURLOPT_UNIX_SOCKET_PATH,
                     request->unix_path);
  if (!set_method(transfer->curl, request)) return "memory";
  return set_headers(transfer, request) ? NULL : "memory";
}

struct http_transfer *http_transfer_new(const struct http_request *request,
                                        const char **word) {
  struct http_transfer *transfer = calloc(1, sizeof *transfer);
  *word = "memory";
  if (!transfer) return NULL;
  transfer->max_body = request->max_body;
  transfer->connect_timeout = request->connect_timeout;
  transfer->on_done = request->on_done;
  transfer->context = request->context;
  *word = prepare_transfer(transfer, request);
  if (!*word) return transfer;
  http_transfer_free(transfer);
  return NULL;
}

void http_transfer_free(struct http_transfer *transfer) {
  curl_easy_cleanup(transfer->curl);
  curl_url_cleanup(transfer->url);
  curl_slist_free_all(transfer->headers);
  buffer_free(&transfer->head);
  buffer_free(&transfer->body);
  gunzip_close(&transfer->gunzip);
  free(transfer);
}

struct http_transfer *http_transfer_of(CURL *curl) {
  void *transfer = NULL;
  curl_easy_getinfo(curl, CURLINFO_PRIVATE, &transfer);
  return transfer;
}

bool http_transfer_has_address(const struct http_transfer *transfer) {
  curl_off_t looked = 0;
  curl_easy_getinfo(transfer->curl, CURLINFO_NAMELOOKUP_TIME_T, &looked);
  return looked > 0;
}

/* --- the result --- */

static bool was_redirected(CURL *curl) {
  long count = 0;
  curl_easy_getinfo(curl, CURLINFO_REDIRECT_COUNT, &count);
  return count > 0;
}

enum { LATE = 50 /* milliseconds: an ordinary turn of the loop takes less */ };

bool http_transfer_was_held_up(const struct http_transfer *transfer,
                               CURLcode code) {
  curl_off_t took = 0, connected = 0; /* microseconds */
  curl_easy_getinfo(transfer->curl, CURLINFO_TOTAL_TIME_T, &took);
  curl_easy_getinfo(transfer->curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
  return code == CURLE_OPERATION_TIMEDOUT && connected == 0 &&
         !was_redirected(transfer->curl) &&
         (uint64_t)took > (transfer->connect_timeout + LATE) * 1000;
}

/* libcurl accepts a head that ends half-way; this does not. */
static const char *word_of_whole(const struct http_transfer *transfer) {
  bool is_cut = transfer->gunzip.is_open && !transfer->gunzip.is_whole;
  if (!transfer->has_head) return "closed";
  return is_cut ? "invalid" : NULL;
}

static const char *word_for_code(const struct http_transfer *transfer,
                                 CURLcode code) {
  switch (code) {
  case CURLE_OK:
    return word_of_whole(transfer);
  case CURLE_OPERATION_TIMEDOUT:
    return "timeout";
  case CURLE_COULDNT_RESOLVE_HOST:
    return "resolve";
  case CURLE_COULDNT_CONNECT:
  case CURLE_INTERFACE_FAILED:
    return "unreachable";
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    return "tls";
  case CURLE_FILESIZE_EXCEEDED:
    return "too_large";
  case CURLE_WRITE_ERROR:
    return transfer->is_too_large ? "too_large" : "invalid";
  case CURLE_TOO_MANY_REDIRECTS:
    return "redirects";
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL: /* also an answer that is not HTTP */
    return was_redirected(transfer->curl) ? "redirects" : "invalid";
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_ERROR:
    return "closed";
  default:
    return "invalid";
  }
}

struct http_result http_transfer_result(const struct http_transfer *transfer,
                                        CURLcode code) {
  long status = 0;
  curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
  return (struct http_result){
      .word = word_for_code(transfer, code),
      .status = (int)status,
      .head = {transfer->head.bytes, transfer->head.size},
      .body = {transfer->body.bytes, transfer->body.size}};
}
