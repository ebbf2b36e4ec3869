#include "io/curl_loop.h"

#include "model/config.h"

#include <stdlib.h>
#include <unistd.h>

/* --- libuv's handles outlive their owner until they are closed --- */

static void free_handle(uv_handle_t *handle) {
  free(handle);
}

static uv_timer_t *new_timer(struct curl_loop *curl) {
  uv_timer_t *timer = calloc(1, sizeof *timer);
  if (!timer) return NULL;
  uv_timer_init(curl->loop, timer);
  timer->data = curl;
  return timer;
}

static void close_timer(uv_timer_t *timer) {
  if (timer) uv_close((uv_handle_t *)timer, free_handle);
}

/* --- the end of a transfer --- */

/* The callback may begin and remove other transfers, so each message is read
   anew. */
static void tell_ended_transfers(struct curl_loop *curl) {
  int left;
  CURLMsg *message;
  while (curl->multi && (message = curl_multi_info_read(curl->multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL *transfer = message->easy_handle;
    CURLcode code = message->data.result;
    curl_loop_remove(curl, transfer);
    curl->on_ended(curl->context, transfer, code);
  }
}

static void act_on_socket(struct curl_loop *curl, curl_socket_t socket,
                          int events) {
  int running;
  curl_multi_socket_action(curl->multi, socket, events, &running);
  tell_ended_transfers(curl);
}

/* --- sockets --- */

static void on_ready(uv_poll_t *poll, int status, int events) {
  uv_os_fd_t socket;
  struct curl_loop *curl = poll->data;
  int what = status < 0 ? CURL_CSELECT_ERR : 0;
  if (events & UV_READABLE) what |= CURL_CSELECT_IN;
  if (events & UV_WRITABLE) what |= CURL_CSELECT_OUT;
  if (uv_fileno((uv_handle_t *)poll, &socket) == 0)
    act_on_socket(curl, socket, what);
}

static uv_poll_t *watch_socket(struct curl_loop *curl, curl_socket_t socket) {
  uv_poll_t *poll = calloc(1, sizeof *poll);
  if (!poll) return NULL;
  if (uv_poll_init(curl->loop, poll, socket) != 0) {
    free(poll);
    return NULL;
  }
  poll->data = curl;
  curl_multi_assign(curl->multi, socket, poll);
  return poll;
}

/* Returns -1 if the socket cannot be watched: libcurl then ends the
   transfer. */
static int on_socket(CURL *transfer, curl_socket_t socket, int what,
                     void *context, void *assigned) {
  struct curl_loop *curl = context;
  uv_poll_t *poll = assigned;
  (void)transfer;
  idle_sockets_remove(&curl->idle, socket);
  if (what == CURL_POLL_REMOVE) {
    idle_sockets_add(&curl->idle, socket);
    if (!poll) return 0;
    curl_multi_assign(curl->multi, socket, NULL);
    uv_poll_stop(poll); /* the number may soon belong to another socket */
    uv_close((uv_handle_t *)poll, free_handle);
    return 0;
  }
  if (!poll) poll = watch_socket(curl, socket);
  if (!poll) return -1;
  int events = 0;
  if (what & CURL_POLL_IN) events |= UV_READABLE;
  if (what & CURL_POLL_OUT) events |= UV_WRITABLE;
  return uv_poll_start(poll, events, on_ready) == 0 ? 0 : -1;
}

static int on_socket_closed(void *context, curl_socket_t socket) {
  struct curl_loop *curl = context;
  idle_sockets_remove(&curl->idle, socket);
  return close(socket);
}

/* --- time --- */

/* A transfer that begins gets its connection here and nowhere else. */
static void on_timeout(uv_timer_t *timer) {
  struct curl_loop *curl = timer->data;
  idle_sockets_check(&curl->idle);
  act_on_socket(curl, CURL_SOCKET_TIMEOUT, 0);
}

/* Only sets the timer: libcurl, which calls this, must not be called again
   here. */
static int on_timer(CURLM *multi, long milliseconds, void *context) {
  struct curl_loop *curl = context;
  (void)multi;
  uv_timer_stop(curl->timeout);
  if (milliseconds < 0) return 0;
  uv_update_time(curl->loop); /* a script may have blocked the loop */
  uv_timer_start(curl->timeout, on_timeout, (uint64_t)milliseconds, 0);
  return 0;
}

static void close_multi(struct curl_loop *curl) {
  if (curl->multi) curl_multi_cleanup(curl->multi);
  curl->multi = NULL;
  uv_timer_stop(curl->timeout);
}

static void on_rest_time(uv_timer_t *timer) {
  close_multi(timer->data);
}

/* --- the whole --- */

bool curl_loop_open(struct curl_loop *curl, uv_loop_t *loop,
                    const struct http_client_limits *limits) {
  curl->loop = loop;
  curl->limits = limits;
  curl->timeout = new_timer(curl);
  curl->rest = new_timer(curl);
  return curl->timeout && curl->rest;
}

void curl_loop_close(struct curl_loop *curl) {
  if (curl->timeout) close_multi(curl);
  idle_sockets_close(&curl->idle);
  close_timer(curl->timeout);
  close_timer(curl->rest);
}

static bool open_multi(struct curl_loop *curl) {
  if (curl->multi) return true;
  curl->multi = curl_multi_init();
  if (!curl->multi) return false;
  curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
  curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
  return true;
}

bool curl_loop_add(struct curl_loop *curl, CURL *transfer) {
  if (!open_multi(curl)) return false;
  curl_multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS,
                    (long)curl->limits->connections);
  curl_easy_setopt(transfer, CURLOPT_CLOSESOCKETFUNCTION, on_socket_closed);
  curl_easy_setopt(transfer, CURLOPT_CLOSESOCKETDATA, curl);
  if (curl_multi_add_handle(curl->multi, transfer) != CURLM_OK) return false;
  curl->running++;
  uv_timer_stop(curl->rest);
  return true;
}

void curl_loop_remove(struct curl_loop *curl, CURL *transfer) {
  curl_multi_remove_handle(curl->multi, transfer);
  if (--curl->running == 0)
    uv_timer_start(curl->rest, on_rest_time, curl->limits->keep_alive, 0);
}
