#include "lua/session/costs.h"

#include "lib/log.h"
#include "lua/session/session.h"
#include "lua/vm/task.h"
#include "lua/vm/vm.h"
#include "model/config.h"
#include "model/connection_log.h"
#include "model/exchange.h"
#include "model/head.h"
#include "model/registry.h"

/* Approximate bytes besides those of the text or the values. */
enum {
  OF_WAITING = 160,  /* the string, its place in the queue, the table of a raw
                        message */
  OF_RUNNING = 1024, /* the coroutine and its task */
  OF_HEAD = 4        /* factor: the tables of a head, for each of its bytes */
};

uint64_t cost_begin(const struct session *session) {
  return memory_allocated(&session->scripts->run.memory);
}

uint64_t cost_since(const struct session *session, uint64_t begin) {
  return cost_begin(session) - begin + OF_RUNNING;
}

uint64_t cost_of_waiting(size_t size) {
  return size + OF_WAITING;
}

enum limit_hit_cause cost_find_passed(const struct session *session,
                                      uint64_t cost) {
  switch (quota_check(session->connection, cost)) {
  case QUOTA_OF_USER:
    return LIMIT_HIT_WAITING_USER;
  case QUOTA_OF_ADDRESS:
    return LIMIT_HIT_WAITING_ADDRESS;
  default:
    return LIMIT_HIT_CAUSES;
  }
}

void cost_refused(const struct session *session, enum limit_hit_cause cause) {
  if (!limit_hit_add(&session->scripts->registry->limit_hits, cause)) return;
  if (cause == LIMIT_HIT_PENDING)
    connection_log(LOG_WARN, session->connection,
                   "message refused: limits.pending_messages, or four times "
                   "limits.message_size, are waiting, or memory is short");
  else
    connection_log(
        LOG_WARN, session->connection,
        "message refused: too many messages of its %s are waiting (limits.%s)",
        cause == LIMIT_HIT_WAITING_USER ? "user" : "address",
        limit_hit_names[cause]);
}

/* --- requests --- */

static uint64_t cost_of_request(const struct exchange *exchange) {
  return OF_RUNNING + OF_HEAD * exchange->head->size + exchange->body.size;
}

static struct quota *quota_of(struct scripts *scripts,
                              const struct exchange *exchange) {
  return quota_of_address(&scripts->registry->quotas, exchange->head->address);
}

static void log_refused(const struct exchange *exchange) {
  struct log_field field = {"address", text_of(exchange->head->address), false};
  log_write(LOG_WARN,
            text_of("request refused: too many requests of this address are "
                    "waiting (limits.waiting_per_address)"),
            &field, 1);
}

bool cost_allows_request(struct scripts *scripts,
                         const struct exchange *exchange) {
  struct quota *quota = quota_of(scripts, exchange);
  enum quota_limit passed = quota_check_address(quota, &scripts->config->limits,
                                                cost_of_request(exchange));
  quota_unref(quota);
  if (passed != QUOTA_FITS &&
      limit_hit_add(&scripts->registry->limit_hits, LIMIT_HIT_WAITING_ADDRESS))
    log_refused(exchange);
  return passed == QUOTA_FITS;
}

void cost_charge_request(struct task *task, const struct exchange *exchange) {
  struct quota *quota = quota_of(task->scripts, exchange);
  charge_address(&task->charge, quota, cost_of_request(exchange));
  quota_unref(quota);
}
