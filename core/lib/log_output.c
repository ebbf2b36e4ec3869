#include "lib/log_output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
  int descriptor;
  uint64_t lost;
  int why;
  bool is_cut;
} output = {.descriptor = STDERR_FILENO};

void log_output_to(int descriptor) {
  output.descriptor = descriptor;
}

/* A pipe or a terminal with any room at all takes PIPE_BUF bytes without
   waiting. The descriptor is not set to non-blocking, because other processes
   may share it, such as a shell. */
static ssize_t write_if_ready(const char *bytes, size_t size) {
  struct pollfd ready = {.fd = output.descriptor, .events = POLLOUT};
  int count = poll(&ready, 1, 0);
  if (count == 0) errno = EAGAIN;
  if (count != 1) return -1;
  return write(output.descriptor, bytes, size < PIPE_BUF ? size : PIPE_BUF);
}

static ssize_t write_some(const char *bytes, size_t size, mode_t kind) {
  if (S_ISREG(kind)) return write(output.descriptor, bytes, size);
  if (S_ISSOCK(kind))
    return send(output.descriptor, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  return write_if_ready(bytes, size);
}

/* One write where possible, so that the lines of several processes do not
   mix. */
bool log_output_write(const char *bytes, size_t size) {
  struct stat status = {0};
  size_t written = 0;
  (void)fstat(output.descriptor, &status);
  while (written < size) {
    ssize_t n = write_some(bytes + written, size - written, status.st_mode);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      log_output_lose(errno);
      break;
    }
    written += (size_t)n;
  }
  if (written > 0) output.is_cut = written < size;
  return written == size;
}

void log_output_lose(int why) {
  output.lost++;
  output.why = why;
}

uint64_t log_output_lost(int *why) {
  *why = output.why;
  return output.lost;
}

void log_output_forget(uint64_t count) {
  output.lost -= count;
}

bool log_output_is_cut(void) {
  return output.is_cut;
}
