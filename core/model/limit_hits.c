#include "model/limit_hits.h"

#include "lib/log.h"

#include <inttypes.h>

const char *const limit_hit_names[LIMIT_HIT_CAUSES] = {
    [LIMIT_HIT_MESSAGE_SIZE] = "message_size",
    [LIMIT_HIT_CONNECTIONS] = "connections",
    [LIMIT_HIT_PER_USER] = "connections_per_user",
    [LIMIT_HIT_PER_ADDRESS] = "connections_per_address",
    [LIMIT_HIT_RATE] = "rate",
    [LIMIT_HIT_QUEUE_SIZE] = "queue_size",
    [LIMIT_HIT_PENDING] = "pending_messages",
    [LIMIT_HIT_WAITING_USER] = "waiting_per_user",
    [LIMIT_HIT_WAITING_ADDRESS] = "waiting_per_address",
    [LIMIT_HIT_HANDSHAKE] = "handshake_time",
    [LIMIT_HIT_AUTHENTICATE] = "authenticate_time",
    [LIMIT_HIT_GUEST] = "guest_time",
    [LIMIT_HIT_HTTP_HEAD] = "http_head",
    [LIMIT_HIT_HTTP_BODY] = "http_body",
    [LIMIT_HIT_DESCRIPTORS] = "descriptors",
    [LIMIT_HIT_ORIGINS] = "origins",
    [LIMIT_HIT_PROXY] = "proxy",
    [LIMIT_HIT_TRUSTED] = "trusted_proxies",
    [LIMIT_HIT_INFLATED] = "inflated",
    [LIMIT_HIT_HTTP_BODIES] = "http_bodies",
    [LIMIT_HIT_HTTP_READER] = "http_reader",
    [LIMIT_HIT_HOSTS] = "hosts",
    [LIMIT_HIT_PROJECT_FILES] = "project_files",
    [LIMIT_HIT_MEMORY] = "memory",
    [LIMIT_HIT_HTTP_SOCKETS] = "http_sockets",
    [LIMIT_HIT_DECODING] = "decoding",
    [LIMIT_HIT_TLS_RECORDS] = "tls_records",
    [LIMIT_HIT_UPGRADE] = "upgrade",
    [LIMIT_HIT_CHANNELS] = "channels",
    [LIMIT_HIT_HISTORY] = "history_memory"};

bool limit_hit_add(struct limit_hits *limit_hits, enum limit_hit_cause cause) {
  struct limit_hit *limit_hit = &limit_hits->of[cause];
  if (limit_hits->seconds == 0) limit_hits->seconds = 1; /* 0 means never */
  limit_hit->total++;
  return minute_add(&limit_hit->minute, limit_hits->seconds);
}

void limit_hits_pass(struct limit_hits *limit_hits, uint32_t seconds) {
  limit_hits->seconds += seconds;
  for (int i = 0; i < LIMIT_HIT_CAUSES; i++) {
    uint64_t untold =
        minute_end(&limit_hits->of[i].minute, limit_hits->seconds);
    if (untold > 0)
      log_event(LOG_WARN, "%" PRIu64 " more in the last minute: %s", untold,
                limit_hit_names[i]);
  }
}
