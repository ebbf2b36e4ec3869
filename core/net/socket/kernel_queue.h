#ifndef BASE_NET_SOCKET_KERNEL_QUEUE_H
#define BASE_NET_SOCKET_KERNEL_QUEUE_H

/*
** How much of the output the peer's machine has received, as the kernel knows
** it.
*/
#include <stdbool.h>
#include <stdint.h>

/* The bytes that a TCP peer has acknowledged so far. False for other sockets.
 */
bool kernel_queue_acknowledged(int descriptor, uint64_t *bytes);

/* The bytes that wait in the kernel. For a Unix socket they include the
   kernel's overhead. */
uint32_t kernel_queue_size(int descriptor);

#endif
