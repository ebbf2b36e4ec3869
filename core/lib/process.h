#ifndef BASE_LIB_PROCESS_H
#define BASE_LIB_PROCESS_H

/*
** What the kernel knows about this process. Each look costs some system calls,
** so it is for occasional use.
*/
#include <stdint.h>

struct process {
  uint64_t resident; /* bytes of memory in use */
  uint64_t open_descriptors;
  uint64_t max_descriptors;
  double processor_time; /* seconds, user and system time together */
};

/* A value that could not be read is 0. */
void process_look(struct process *process);

#endif
