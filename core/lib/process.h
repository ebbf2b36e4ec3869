#ifndef BASE_LIB_PROCESS_H
#define BASE_LIB_PROCESS_H

/*
** What the kernel says about this process. Each question costs a system call
** or more: for those who look now and then.
*/
#include <stdint.h>

struct process {
  uint64_t resident; /* bytes of memory that are in use */
  uint64_t open_descriptors;
  uint64_t max_descriptors;
  double processor_time; /* seconds, of user and kernel together */
};

/* What could not be found out is 0. */
void process_look(struct process *process);

#endif
