/*
** For LD_PRELOAD: behind the first line of the log that says "listening" the
** process is sent the signal whose number SIGNAL_LISTENING names, before
** anything else happens in it. A process that it starts is sent none.
*/
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef ssize_t writer(int, const void *, size_t);

ssize_t write(int descriptor, const void *bytes, size_t size) {
  static const char wanted[] = "listening";
  writer *next;
  *(void **)&next = dlsym(RTLD_NEXT, "write");
  ssize_t written = next(descriptor, bytes, size);
  const char *number = getenv("SIGNAL_LISTENING");
  if (descriptor == STDERR_FILENO && number &&
      memmem(bytes, size, wanted, sizeof wanted - 1)) {
    int chosen = atoi(number);
    unsetenv("SIGNAL_LISTENING");
    kill(getpid(), chosen);
  }
  return written;
}
