#include "io/http_client.h"

#include "io/curl_loop.h"
#include "io/http_transfer.h"
#include "io/https.h"
#include "lib/log.h"
#include "lib/map.h"
#include "model/config.h"

#include <stdlib.h>
#include <sys/stat.h>

/* The requests of one party. */
struct party {
  uint64_t running;
  uint64_t waiting; /* length of `queue` */
  struct list queue;
};

struct http_client {
  const struct config *config;
  struct curl_loop curl;
  struct map transfers; /* by their tickets */
  uint64_t last_ticket;
  uint64_t given_up;      /* cancelled or timed out while their host's name was
                             looked up */
  uint64_t other_threads; /* threads of the process that are not libcurl's */
  struct party parties[HTTP_PARTIES];
  enum http_party served; /* the party whose request was started last */
};

/* --- the queues --- */

/* The party's part of `count` places. When there are very few places each party
   may use all: then the parties take turns. */
static uint64_t part_of(uint64_t count, enum http_party party) {
  return count - count / (party == HTTP_STRANGERS ? 4 : 8);
}

static void enqueue_transfer(struct http_client *client,
                             struct http_transfer *transfer) {
  struct party *party = &client->parties[transfer->party];
  list_append(&party->queue, &transfer->queue);
  party->waiting++;
}

static void unqueue_transfer(struct http_client *client,
                             struct http_transfer *transfer) {
  list_remove(&transfer->queue);
  client->parties[transfer->party].waiting--;
}

/* Whether one more request of the party may wait. */
static bool may_wait(const struct http_client *client, enum http_party party) {
  uint64_t most = client->config->http_client.queue;
  uint64_t waiting = 0;
  for (int i = 0; i < HTTP_PARTIES; i++)
    waiting += client->parties[i].waiting;
  return waiting < most &&
         client->parties[party].waiting < part_of(most, party);
}

/* The number of threads of the process: /proc shows it as the link count of a
   folder. */
static uint64_t thread_count(void) {
  struct stat status;
  return stat("/proc/self/task", &status) == 0 ? status.st_nlink - 2 : 0;
}

/* A request that is given up during the lookup of its host leaves a thread of
   libcurl behind until the system has answered. Returns how many such threads
   are left: at most as many as requests were given up, and at most as many as
   there are threads beyond those that existed when no request ran. */
static uint64_t count_left_behind(struct http_client *client) {
  if (client->curl.running == 0 && client->given_up == 0)
    client->other_threads = thread_count();
  if (client->given_up == 0) return 0;
  uint64_t threads = thread_count();
  uint64_t left =
      threads > client->other_threads ? threads - client->other_threads : 0;
  if (left < client->given_up) client->given_up = left;
  return client->given_up;
}

/* As many threads may be left behind as the party may have requests. */
static bool has_room(struct http_client *client, enum http_party party) {
  uint64_t most = client->config->http_client.connections;
  uint64_t part = part_of(most, party);
  return client->curl.running < most && client->parties[party].running < part &&
         count_left_behind(client) < part;
}

static void note_given_up(struct http_client *client,
                          const struct http_transfer *transfer) {
  if (!http_transfer_has_address(transfer)) client->given_up++;
}

/* The party whose request is next: the one that has fewer running; if both have
   as many, the one that was not served last. HTTP_PARTIES: no request waits, or
   there is no room. */
static enum http_party find_next(struct http_client *client) {
  enum http_party next = HTTP_PARTIES;
  for (int i = 0; i < HTTP_PARTIES; i++) {
    enum http_party each = (enum http_party)i;
    if (list_is_empty(&client->parties[i].queue) || !has_room(client, each))
      continue;
    uint64_t running = client->parties[i].running;
    if (next == HTTP_PARTIES || running < client->parties[next].running ||
        (running == client->parties[next].running && client->served == next))
      next = each;
  }
  return next;
}

/* A request that libcurl cannot begin for lack of memory stays in the queue. */
static void start_waiting(struct http_client *client) {
  enum http_party next;
  while ((next = find_next(client)) != HTTP_PARTIES) {
    struct http_transfer *transfer =
        list_first(&client->parties[next].queue, struct http_transfer, queue);
    if (!curl_loop_add(&client->curl, transfer->curl)) return;
    unqueue_transfer(client, transfer);
    transfer->is_running = true;
    client->parties[next].running++;
    client->served = next;
  }
}

/* --- the end of a transfer --- */

static void forget_transfer(struct http_client *client,
                            struct http_transfer *transfer) {
  map_remove(&client->transfers, map_hash_id(transfer->ticket), transfer);
}

/* Tries a transfer again, once. Its overall timeout goes on. */
static bool try_again(struct http_client *client,
                      struct http_transfer *transfer) {
  if (transfer->is_again) return false;
  transfer->is_again = true;
  return curl_loop_add(&client->curl, transfer->curl);
}

static void on_transfer_ended(void *context, CURL *curl, CURLcode code) {
  struct http_client *client = context;
  struct http_transfer *transfer = http_transfer_of(curl);
  if (http_transfer_was_held_up(transfer, code) && try_again(client, transfer))
    return;
  struct http_result result = http_transfer_result(transfer, code);
  forget_transfer(client, transfer);
  client->parties[transfer->party].running--;
  if (code == CURLE_OPERATION_TIMEDOUT) note_given_up(client, transfer);
  start_waiting(client);
  transfer->on_done(transfer->context, &result);
  http_transfer_free(transfer);
}

static void end_transfer(struct http_client *client,
                         struct http_transfer *transfer) {
  forget_transfer(client, transfer);
  if (transfer->is_running) {
    note_given_up(client, transfer);
    client->parties[transfer->party].running--;
    curl_loop_remove(&client->curl, transfer->curl);
  } else {
    unqueue_transfer(client, transfer);
  }
  http_transfer_free(transfer);
}

void http_client_cancel(struct http_client *client, uint64_t ticket) {
  struct http_transfer *transfer =
      map_find(&client->transfers, map_hash_id(ticket), NULL);
  if (!transfer) return;
  end_transfer(client, transfer);
  start_waiting(client);
}

void http_client_admit(struct http_client *client, uint64_t ticket) {
  struct http_transfer *transfer =
      map_find(&client->transfers, map_hash_id(ticket), NULL);
  if (!transfer || transfer->party == HTTP_MEMBERS) return;
  if (transfer->is_running) {
    client->parties[transfer->party].running--;
    transfer->party = HTTP_MEMBERS;
    client->parties[transfer->party].running++;
  } else {
    unqueue_transfer(client, transfer);
    transfer->party = HTTP_MEMBERS;
    enqueue_transfer(client, transfer);
  }
  start_waiting(client);
}

/* --- the client --- */

struct http_client *http_client_new(uv_loop_t *loop,
                                    const struct config *config) {
  struct http_client *client = calloc(1, sizeof *client);
  if (!client) return NULL;
  client->config = config;
  client->curl.on_ended = on_transfer_ended;
  client->curl.context = client;
  if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
      curl_loop_open(&client->curl, loop, &config->http_client)) {
    https_open();
    return client;
  }
  log_event(LOG_ERROR, "libcurl could not be started");
  http_client_free(client);
  return NULL;
}

void http_client_free(struct http_client *client) {
  if (!client) return;
  size_t cursor = 0;
  struct http_transfer *transfer;
  while ((transfer = map_next(&client->transfers, &cursor))) {
    end_transfer(client, transfer);
    cursor = 0;
  }
  map_close(&client->transfers);
  curl_loop_close(&client->curl);
  curl_global_cleanup();
  free(client);
}

uint64_t http_client_start(struct http_client *client,
                           const struct http_request *request,
                           const char **word) {
  *word = "busy";
  if (!has_room(client, request->party) && !may_wait(client, request->party))
    return 0;
  struct http_transfer *transfer = http_transfer_new(request, word);
  if (!transfer) return 0;
  transfer->ticket = ++client->last_ticket;
  transfer->party = request->party;
  *word = "memory";
  if (!map_add(&client->transfers, map_hash_id(transfer->ticket), transfer)) {
    http_transfer_free(transfer);
    return 0;
  }
  enqueue_transfer(client, transfer);
  start_waiting(client);
  return transfer->ticket;
}

void http_client_reconfigured(struct http_client *client) {
  start_waiting(client);
}
