/*
** Makes answers: an error, a file, or what a script returns.
*/
#include "lib/log.h"
#include "model/config.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/message.h"
#include "model/registry.h"
#include "net/http/api_refusal.h"
#include "net/http/head.h"
#include "net/http/internal.h"
#include "net/socket/socket.h"
#include "net/socket/state.h"

#include <stdio.h>
#include <unistd.h>

enum { PIECE_SIZE = 64 * 1024 };

/* Takes the caller's reference. Without memory, the socket ends after what is
   queued, and the peer sees that the answer is too short. (Killing the socket
   here would free http, which the callers still use.) */
static bool push_answer(struct http *http, struct message *message) {
  bool is_pushed = message && outbox_push(&http->outbox, message);
  message_unref(message);
  if (!is_pushed) socket_end(http->socket);
  return is_pushed;
}

static struct text fields_of(const struct buffer *buffer) {
  return (struct text){buffer->bytes ? buffer->bytes : "", buffer->size};
}

static bool push_head(struct http *http, int status, uint64_t size,
                      struct text fields, struct text others) {
  const struct head *head = http->exchange->head;
  struct buffer buffer = {0};
  http->is_replied = true;
  const struct net *net = http->socket->net;
  if (net->is_stopped || net->is_replaced) http->is_persistent = false;
  struct http_answer answer = {.status = status,
                               .size = size,
                               .fields = fields,
                               .others = others,
                               .ends = !http->is_persistent,
                               .is_persistent = head_is_old(head),
                               .keep_alive =
                                   net->config->http_keep_alive / 1000};
  struct message *message = NULL;
  if (http_answer_print(&buffer, &answer))
    message = message_new(MESSAGE_RAW, buffer.bytes, buffer.size);
  buffer_free(&buffer);
  return push_answer(http, message);
}

/* Logs which check failed, for an administrator who wonders why a client is
   refused. It is not limited in number, so it is logged only at the level
   debug. */
static void log_refused_request(const struct http *http,
                                const struct http_error *error) {
  char address[ADDRESS_TEXT_SIZE];
  char status[12];
  if (!log_takes(LOG_DEBUG)) return;
  address_print(&http->socket->peer.address, address);
  snprintf(status, sizeof status, "%d", error->status);
  struct log_field fields[] = {{"why", text_of(error->why), false},
                               {"status", text_of(status), true},
                               {"address", text_of(address), false}};
  log_write(LOG_DEBUG, text_of("refused a request"), fields, 3);
}

void http_refuse(struct http *http, const struct http_error *error) {
  log_refused_request(http, error);
  http->is_replied = true;
  http->is_persistent = false;
  push_answer(http, http->socket->is_api
                        ? http_api_refusal(error, http->is_head)
                        : http_answer_error(error, http->is_head));
  socket_end(http->socket);
}

static void reply_in_words(struct http *http, int status, struct text fields) {
  char words[64];
  const char *name = http_status_name(status);
  int size = snprintf(words, sizeof words, "%s.\n", name);
  if (!push_head(http, status, (uint64_t)size, fields, (struct text){"", 0}))
    return;
  if (!http->is_head)
    push_answer(http, message_new(MESSAGE_RAW, words, (size_t)size));
}

/* --- files --- */

void http_close_file(struct http *http) {
  if (http->file.descriptor >= 0) http->socket->net->file_count--;
  http_files_close(&http->file);
}

void http_send_piece(struct http *http) {
  struct http_file *file = &http->file;
  size_t size = http->left < PIECE_SIZE ? (size_t)http->left : PIECE_SIZE;
  struct message *piece = message_new(MESSAGE_RAW, NULL, size);
  ssize_t got = -1;
  if (piece)
    got = pread(file->descriptor, piece->bytes, size, (off_t)file->offset);
  if (got <= 0) { /* it has become shorter since it was opened */
    message_unref(piece);
    socket_end(http->socket);
    return;
  }
  piece->size = (size_t)got;
  file->offset += (uint64_t)got;
  http->left -= (uint64_t)got;
  socket_set_visit(http->socket, VISIT_ANSWER);
  push_answer(http, piece);
  if (http->left == 0) http_close_file(http);
}

/* Whether the answer needs an explanation, because there is no file. */
static bool is_in_words(const struct http_file *file) {
  return file->descriptor < 0 && file->status >= 400 &&
         (file->size == 0 || file->status == 416);
}

/* Answers with the result of http_files, and the fields of a script. */
static void reply_with_file(struct http *http, struct text fields) {
  struct http_file *file = &http->file;
  if (file->descriptor >= 0) http->socket->net->file_count++;
  if (is_in_words(file)) {
    reply_in_words(http, file->status, fields_of(&file->fields));
    http_close_file(http);
    return;
  }
  bool is_pushed = push_head(http, file->status, file->size, fields,
                             fields_of(&file->fields));
  http->left = file->size;
  if (is_pushed && file->descriptor >= 0 && http_status_has_body(file->status))
    http_send_piece(http);
  else
    http_close_file(http);
}

void http_serve_public(struct http *http) {
  const char *folder = http->socket->net->config->public_folder;
  struct text none = {"", 0};
  if (!folder) {
    reply_in_words(http, 404, none);
    return;
  }
  http_files_find(&http->file, folder, http->exchange->head);
  reply_with_file(http, none);
}

/* --- a script's answer --- */

static void reply_with_message(struct http *http,
                               const struct exchange *exchange) {
  struct message *body = exchange->answer;
  int status = exchange->status;
  bool has_body = body && body->size > 0 && http_status_has_body(status);
  if (!push_head(http, status, has_body ? body->size : 0,
                 fields_of(&exchange->fields), (struct text){"", 0}))
    return;
  if (has_body && !http->is_head) push_answer(http, message_ref(body));
}

/* The path comes from a client, most often. */
static void log_project_file(const struct http *http, const char *path) {
  if (!limit_hit_add(&http->socket->net->registry->limit_hits,
                     LIMIT_HIT_PROJECT_FILES))
    return;
  struct log_field field = {"path", text_of(path), false};
  log_write(LOG_WARN,
            text_of("response:file does not send Lua files of the project or "
                    "files of the actions folder: 404"),
            &field, 1);
}

static void reply_with_file_of(struct http *http,
                               const struct exchange *exchange) {
  const char *actions = http->socket->net->config->actions;
  struct http_place place = {exchange->folder, exchange->file,
                             actions ? actions : "actions"};
  if (!http_files_get(&http->file, &place, exchange->head, exchange->status))
    log_project_file(http, exchange->file);
  reply_with_file(http, fields_of(&exchange->fields));
}

void http_answer(struct http *http, struct exchange *exchange) {
  if (http->exchange != exchange || http->is_replied) return;
  if (exchange->status == 0) {
    http_serve_public(http);
  } else if (exchange->file) {
    reply_with_file_of(http, exchange);
  } else {
    reply_with_message(http, exchange);
  }
}
