#ifndef BASE_LUA_SESSION_COSTS_H
#define BASE_LUA_SESSION_COSTS_H

/*
** The cost of messages and requests, in bytes that are kept for a client: while
** a message waits for its turn, while an action has it, while a handler has a
** request. Each user and each address has a limit (model/quota.h); what would
** go beyond it is refused.
*/
#include "model/limit_hits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scripts;
struct exchange;
struct session;
struct task;

/* Call cost_begin before a message is decoded: cost_since then returns the cost
   of an action that has it. */
uint64_t cost_begin(const struct session *session);
uint64_t cost_since(const struct session *session, uint64_t begin);

/* The cost of a message that waits as `size` bytes. */
uint64_t cost_of_waiting(size_t size);

/* The limit that `cost` more bytes would pass; LIMIT_HIT_CAUSES: none. */
enum limit_hit_cause cost_find_passed(const struct session *session,
                                      uint64_t cost);

/* Counts a refused message by its cause; the first of a minute is logged. */
void cost_refused(const struct session *session, enum limit_hit_cause cause);

/* Whether a handler may have the request; logs a refusal. cost_charge_request
   charges the request's task for it. */
bool cost_allows_request(struct scripts *scripts,
                         const struct exchange *exchange);
void cost_charge_request(struct task *task, const struct exchange *exchange);

#endif
