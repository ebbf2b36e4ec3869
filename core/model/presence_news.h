#ifndef BASE_MODEL_PRESENCE_NEWS_H
#define BASE_MODEL_PRESENCE_NEWS_H

/*
** What the members of a channel are told of each other: who came and went, or,
** in a channel with many members or with `presence = "count"`, how many there
** are.
*/
#include <stdbool.h>

struct presence;

void presence_news_open(struct presence *presence);
void presence_news_close(struct presence *presence);

/* Sends what has changed. False when that has to wait: a count is sent once a
   second. */
bool presence_news_send(struct presence *presence);

#endif
