#ifndef BASE_LIB_LIST_H
#define BASE_LIB_LIST_H

/*
** Doubly linked lists. The links lie in the listed structs, so that adding
** needs no memory. The owner of a struct removes it before freeing it.
**
** An all-zero list is empty, and an all-zero link is in no list. A link is in
** at most one list. list_remove does not need the list: the links form a ring
** through the list itself, which therefore may not move in memory.
*/
#include "lib/owner.h"

#include <stdbool.h>
#include <stddef.h>

struct list_link {
  struct list_link *next;
  struct list_link *previous;
};

struct list {
  struct list_link ring; /* private: its next is the first, its previous the
                            last */
};

static inline bool list_has_link(const struct list_link *link) {
  return link->next != NULL;
}

static inline bool list_is_empty(const struct list *list) {
  return !list->ring.next || list->ring.next == &list->ring;
}

/* Private: adds a link between two neighbours. */
static inline void list_insert(struct list_link *link,
                               struct list_link *previous,
                               struct list_link *next) {
  link->next = next;
  link->previous = previous;
  next->previous = previous->next = link;
}

/* Private: makes an all-zero list a ring. */
static inline void list_open(struct list *list) {
  if (!list->ring.next) list->ring.next = list->ring.previous = &list->ring;
}

/* Adds a link that is in no list, at the end or at the beginning. */
static inline void list_append(struct list *list, struct list_link *link) {
  list_open(list);
  list_insert(link, list->ring.previous, &list->ring);
}

static inline void list_prepend(struct list *list, struct list_link *link) {
  list_open(list);
  list_insert(link, &list->ring, list->ring.next);
}

/* Removes a link from its list, if it is in one. */
static inline void list_remove(struct list_link *link) {
  if (!link->next) return;
  link->next->previous = link->previous;
  link->previous->next = link->next;
  link->next = link->previous = NULL;
}

/* Private: the struct that has the link at this offset; NULL at the end of the
   list. */
static inline void *list_owner(const struct list *list,
                               const struct list_link *link, size_t offset) {
  if (!link || link == &list->ring) return NULL;
  return (char *)link - offset;
}

/* Private: removes and returns the first link; NULL when there is none. */
static inline struct list_link *list_pop(struct list *list) {
  struct list_link *first = list->ring.next;
  if (list_is_empty(list)) return NULL;
  list->ring.next = first->next;
  first->next->previous = &list->ring;
  first->next = first->previous = NULL;
  return first;
}

/* The first struct of a list, and the one after `item`; NULL at the end.
   `member` is the name of the struct's link. */
#define list_first(list, type, member)                                         \
  ((type *)list_owner(list, (list)->ring.next, offsetof(type, member)))

#define list_next(list, item, type, member)                                    \
  ((type *)list_owner(list, (item)->member.next, offsetof(type, member)))

/* As list_first, and removes it from the list. */
#define list_take_first(list, type, member)                                    \
  ((type *)list_owner(list, list_pop(list), offsetof(type, member)))

/* A `for` loop over all structs of a list. The body may remove and free the
   current one. It may not add one after it, nor remove any other. */
/* NOLINTBEGIN(bugprone-macro-parentheses): none around types and names */
#define list_each(type, item, list, member)                                    \
  for (type *item = list_first(list, type, member),                            \
            *item##_next = item ? list_next(list, item, type, member) : NULL;  \
       item; item = item##_next,                                               \
            item##_next = item ? list_next(list, item, type, member) : NULL)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
