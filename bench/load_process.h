#ifndef BASE_LOAD_PROCESS_H
#define BASE_LOAD_PROCESS_H

/*
** What the system says about a process: the server, or this program itself.
*/
#include <stdint.h>
#include <sys/types.h>

/* Microseconds of CPU that it has used, in its own code and in the kernel, by
   all its threads. */
uint64_t process_cpu(pid_t pid);
/* Bytes of memory that it holds just now. */
uint64_t process_memory(pid_t pid);
/* Microseconds of CPU that this program has used. */
uint64_t process_own_cpu(void);
/* Nanoseconds of a clock that only goes on. */
uint64_t process_now(void);

#endif
