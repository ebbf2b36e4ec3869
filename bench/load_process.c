#include "load_process.h"

#include "load_fail.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static FILE *open_of(pid_t pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  FILE *file = fopen(path, "re");
  if (!file) fail("there is no process %d: %s cannot be read", (int)pid, path);
  return file;
}

uint64_t process_memory(pid_t pid) {
  /* The short files are estimates since Linux 6.2, this one is exact. */
  FILE *file = open_of(pid, "smaps_rollup");
  char line[256];
  uint64_t kilobytes = 0;
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "Rss: %" SCNu64 " kB", &kilobytes) == 1) break;
  }
  fclose(file);
  if (kilobytes == 0) fail("/proc/%d/smaps_rollup is not understood", (int)pid);
  return kilobytes * 1024;
}

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t process_cpu(pid_t pid) {
  clockid_t clock;
  int error = clock_getcpuclockid(pid, &clock);
  if (error) fail("there is no process %d: %s", (int)pid, strerror(error));
  return nanoseconds(clock) / 1000;
}

uint64_t process_own_cpu(void) {
  return nanoseconds(CLOCK_PROCESS_CPUTIME_ID) / 1000;
}

uint64_t process_now(void) {
  return nanoseconds(CLOCK_MONOTONIC);
}
