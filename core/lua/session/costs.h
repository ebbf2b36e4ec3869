#ifndef BASE_LUA_SESSION_COSTS_H
#define BASE_LUA_SESSION_COSTS_H

/*
** What is kept of somebody's messages and requests costs him: while a message
** waits for its turn, while an action has it, while a handler has a request.
** Each user and each address has so much (model/quota.h), and whatever would
** be more is not taken.
*/
#include "model/limit_hits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scripts;
struct exchange;
struct session;
struct task;

/* To be called before a message is decoded: cost_since then tells what an
   action costs that has it. */
uint64_t cost_begin(const struct session *session);
uint64_t cost_since(const struct session *session, uint64_t begin);

/* Of a message that waits as so many bytes. */
uint64_t cost_of_waiting(size_t size);

/* The limit that so much more would pass; LIMIT_HIT_CAUSES: none. */
enum limit_hit_cause cost_find_passed(const struct session *session,
                                      uint64_t cost);

/* Counts that a message was not taken, and why; the first is logged. */
void cost_refused(const struct session *session, enum limit_hit_cause cause);

/* Whether a handler may have the request; logs when not. cost_charge_request
   has its task pay for it. */
bool cost_allows_request(struct scripts *scripts,
                         const struct exchange *exchange);
void cost_charge_request(struct task *task, const struct exchange *exchange);

#endif
