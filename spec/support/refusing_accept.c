/*
** For LD_PRELOAD: of three accepts two fail, as they may when a client has gone
** again or a firewall says no.
*/
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

typedef int acceptor(int, struct sockaddr *, socklen_t *, int);

int accept4(int listener, struct sockaddr *address, socklen_t *size,
            int flags) {
  static const int errors[] = {ECONNABORTED, EPERM, 0};
  static unsigned count;
  acceptor *next;
  *(void **)&next = dlsym(RTLD_NEXT, "accept4");
  errno = errors[count++ % 3];
  return errno ? -1 : next(listener, address, size, flags);
}
