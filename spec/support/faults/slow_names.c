/*
** For LD_PRELOAD: the name slow.invalid takes six seconds to be not found, as
** with a DNS server that does not answer.
*/
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

enum { SLOW = 6 };

typedef int resolver(const char *, const char *, const struct addrinfo *,
                     struct addrinfo **);

int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  resolver *next;
  *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
  if (name && strcmp(name, "slow.invalid") == 0) sleep(SLOW);
  return next(name, service, hints, result);
}
