#include "io/idle_sockets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { PIECES = 16 /* how many reads are discarded at most */ };

static void spoil_socket(int socket) {
  char piece[4096];
  shutdown(socket, SHUT_RDWR);
  for (int i = 0; i < PIECES; i++) {
    if (recv(socket, piece, sizeof piece, MSG_DONTWAIT) <= 0) break;
  }
}

static bool is_silent(int socket) {
  char byte;
  ssize_t got = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static bool make_idle_room(struct idle_sockets *idle) {
  if (idle->count < idle->capacity) return true;
  size_t capacity = idle->capacity ? idle->capacity * 2 : 8;
  int *sockets = realloc(idle->sockets, capacity * sizeof *sockets);
  if (!sockets) return false;
  idle->sockets = sockets;
  idle->capacity = capacity;
  return true;
}

void idle_sockets_add(struct idle_sockets *idle, int socket) {
  if (make_idle_room(idle))
    idle->sockets[idle->count++] = socket;
  else
    spoil_socket(socket);
}

void idle_sockets_remove(struct idle_sockets *idle, int socket) {
  for (size_t i = 0; i < idle->count; i++) {
    if (idle->sockets[i] != socket) continue;
    idle->sockets[i] = idle->sockets[--idle->count];
    return;
  }
}

void idle_sockets_check(struct idle_sockets *idle) {
  for (size_t i = idle->count; i-- > 0;) {
    int socket = idle->sockets[i];
    if (is_silent(socket)) continue;
    spoil_socket(socket);
    idle->sockets[i] = idle->sockets[--idle->count];
  }
}

void idle_sockets_close(struct idle_sockets *idle) {
  free(idle->sockets);
  *idle = (struct idle_sockets){0};
}
