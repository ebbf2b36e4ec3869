#include "lib/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static uint64_t resident_memory(void) {
  unsigned long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  char line[128];
  if (!file) return 0;
  if (fgets(line, sizeof line, file)) {
    char *behind_size;
    (void)strtoull(line, &behind_size, 10);
    pages = strtoull(behind_size, NULL, 10);
  }
  (void)fclose(file);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Since Linux 6.2 the folder's size is the number of descriptors. On older
   kernels they are counted, without the one that reads the folder. */
static uint64_t open_descriptors(void) {
  struct stat status;
  if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
    return (uint64_t)status.st_size;
  DIR *folder = opendir("/proc/self/fd");
  uint64_t count = 0;
  if (!folder) return 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    count += entry->d_name[0] != '.';
  }
  closedir(folder);
  return count > 0 ? count - 1 : 0;
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

void process_look(struct process *process) {
  struct rusage usage = {0};
  struct rlimit limit = {0};
  (void)getrusage(RUSAGE_SELF, &usage);
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  *process = (struct process){.resident = resident_memory(),
                              .open_descriptors = open_descriptors(),
                              .max_descriptors = limit.rlim_cur,
                              .processor_time = seconds_of(usage.ru_utime) +
                                                seconds_of(usage.ru_stime)};
}
