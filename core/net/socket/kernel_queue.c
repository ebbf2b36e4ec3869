#include "net/socket/kernel_queue.h"

#include <linux/sockios.h>
#include <linux/tcp.h> /* the header of libc lacks tcpi_bytes_acked */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool kernel_queue_acknowledged(int descriptor, uint64_t *bytes) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return false;
  if (size < offsetof(struct tcp_info, tcpi_bytes_received)) return false;
  *bytes = info.tcpi_bytes_acked;
  return true;
}

uint32_t kernel_queue_size(int descriptor) {
  int queued = 0;
  if (ioctl(descriptor, SIOCOUTQ, &queued) < 0) return 0;
  return (uint32_t)queued;
}
