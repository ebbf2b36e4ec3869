#include "model/tally.h"

#include "model/log.h"

#include <inttypes.h>

enum { MINUTE = 60 /* seconds */ };

const char *const tally_names[TALLY_CAUSES] = {
    [TALLY_MESSAGE_SIZE] = "message_size",
    [TALLY_CONNECTIONS] = "connections",
    [TALLY_PER_USER] = "connections_per_user",
    [TALLY_PER_ADDRESS] = "connections_per_address",
    [TALLY_RATE] = "rate",
    [TALLY_QUEUE_SIZE] = "queue_size",
    [TALLY_PENDING] = "pending_messages",
    [TALLY_WAITING_USER] = "waiting_per_user",
    [TALLY_WAITING_ADDRESS] = "waiting_per_address",
    [TALLY_HANDSHAKE] = "handshake_time",
    [TALLY_AUTHENTICATE] = "authenticate_time",
    [TALLY_GUEST] = "guest_time",
    [TALLY_HTTP_HEAD] = "http_head",
    [TALLY_HTTP_BODY] = "http_body",
    [TALLY_DESCRIPTORS] = "descriptors",
    [TALLY_ORIGINS] = "origins",
    [TALLY_PROXY] = "proxy",
    [TALLY_TRUSTED] = "trusted_proxies",
    [TALLY_INFLATED] = "inflated",
    [TALLY_HTTP_BODIES] = "http_bodies",
    [TALLY_HTTP_READER] = "http_reader",
    [TALLY_HOSTS] = "hosts",
    [TALLY_PROJECT_FILES] = "project_files",
    [TALLY_MEMORY] = "memory",
    [TALLY_HTTP_SOCKETS] = "http_sockets",
    [TALLY_DECODING] = "decoding",
    [TALLY_TLS_RECORDS] = "tls_records",
    [TALLY_UPGRADE] = "upgrade"};

static bool is_over(const struct tallies *tallies, const struct tally *tally) {
  return tally->told == 0 || tallies->seconds - tally->told >= MINUTE;
}

static void begin_minute(struct tallies *tallies, struct tally *tally) {
  tally->told = tallies->seconds;
  tally->untold = 0;
}

bool tally_add(struct tallies *tallies, enum tally_cause cause) {
  struct tally *tally = &tallies->of[cause];
  if (tallies->seconds == 0) tallies->seconds = 1; /* 0 is never */
  tally->total++;
  if (!is_over(tallies, tally)) {
    tally->untold++;
    return false;
  }
  begin_minute(tallies, tally);
  return true;
}

void tallies_pass(struct tallies *tallies, uint32_t seconds) {
  tallies->seconds += seconds;
  for (int i = 0; i < TALLY_CAUSES; i++) {
    struct tally *tally = &tallies->of[i];
    if (tally->untold == 0 || !is_over(tallies, tally)) continue;
    log_event(LOG_WARN, "%" PRIu64 " more in the last minute: %s",
              tally->untold, tally_names[i]);
    begin_minute(tallies, tally);
  }
}
