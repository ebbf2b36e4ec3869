/*
** For LD_PRELOAD: accepts fail with the errors that a file names, each in its
** turn, and 0 is none of them: "103 1 0". REFUSING_ACCEPT is its name; the spec
** writes it anew while the server runs.
*/
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef int acceptor(int, struct sockaddr *, socklen_t *, int);

/* The error in the place `turn` of the list, from its beginning again behind
   the end; 0 where there is none. */
static int error_of(unsigned turn) {
  const char *path = getenv("REFUSING_ACCEPT");
  FILE *file = path ? fopen(path, "re") : NULL;
  int errors[16];
  unsigned count = 0;
  while (file && count < 16 && fscanf(file, "%d", &errors[count]) == 1)
    count++;
  if (file) fclose(file);
  return count > 0 ? errors[turn % count] : 0;
}

int accept4(int listener, struct sockaddr *address, socklen_t *size,
            int flags) {
  static unsigned turn;
  acceptor *next;
  *(void **)&next = dlsym(RTLD_NEXT, "accept4");
  int error = error_of(turn++);
  errno = error;
  return error ? -1 : next(listener, address, size, flags);
}
