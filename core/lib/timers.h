#ifndef BASE_LIB_TIMERS_H
#define BASE_LIB_TIMERS_H

/*
** Deadlines, the nearest first. Knows no event loop: its owner asks for the
** next deadline, sleeps, and calls timers_run. Nothing is allocated.
**
** A timer is embedded in a struct, which must outlive it or stop it. An
** all-zero timer with on_due set is a stopped one. The callback finds its own
** struct with owner_of.
*/
#include "lib/owner.h"

#include <stdbool.h>
#include <stdint.h>

struct timer {
  void (*on_due)(struct timer *timer); /* may start and stop any timer */
  /* Private from here on. */
  uint64_t due;   /* milliseconds of the clock */
  uint32_t start; /* how many timers were started before this one */
  bool is_running;
  struct timer *child;    /* its first child */
  struct timer *next;     /* its next sibling */
  struct timer *previous; /* its previous sibling; for a first child, its
                             parent */
};

struct timers {
  uint64_t (*clock)(void *context);     /* milliseconds, never goes backwards */
  uint64_t (*last_look)(void *context); /* the last value of the clock in this
                                           turn; the clock itself unless set */
  void *context;
  struct timer *first;
  uint32_t starts; /* private: how many timers were started so far */
};

/* A moment: the time, and how many timers were started before it. */
struct timers_look {
  uint64_t now;
  uint32_t starts;
};

enum { TIMERS_NONE = -1 };

void timers_open(struct timers *timers, uint64_t (*clock)(void *context),
                 void *context);
void timers_close(struct timers *timers);

uint64_t timers_now(const struct timers *timers);

/* The clock's value when it was last read, or when this turn of the loop began.
   Costs nothing. */
uint64_t timers_last_look(const struct timers *timers);

/* Starts the timer; a running one begins again. */
void timer_start(struct timers *timers, struct timer *timer,
                 uint64_t milliseconds);
void timer_stop(struct timers *timers, struct timer *timer);
bool timer_is_running(const struct timer *timer);

/* Milliseconds until the next deadline, 0 when it has passed, TIMERS_NONE when
   there is none. */
int64_t timers_next(const struct timers *timers);

/* Calls every timer that is due. One that is started by these calls waits for
   the next run, even when it is due at once. */
void timers_run(struct timers *timers);

/* The same in two steps. timers_look notes which timers are due now.
   timers_run_due calls them later, after everything else that was ready at that
   moment. */
struct timers_look timers_look(const struct timers *timers);
void timers_run_due(struct timers *timers, struct timers_look look);

#endif
