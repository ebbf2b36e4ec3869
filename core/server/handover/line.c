#include "server/handover/line.h"

#include "bus/link.h"
#include "lib/buffer.h"
#include "lib/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum {
  READ_SIZE = 256 << 10,
  TURN_SIZE = 1 << 20, /* is read in one turn of the loop */
  KEPT_SIZE = 64 << 10 /* of an empty buffer */
};

struct line {
  int descriptor; /* -1: it is broken */
  const struct line_events *events;
  void *context;
  struct buffer in;
  struct buffer out;
  size_t written; /* of `out` */
  uv_poll_t poll;
  int watched;   /* the events of `poll`, or 0: no loop reads it */
  bool is_freed; /* as soon as the handle is closed */
};

struct line *line_new(int descriptor, const struct line_events *events,
                      void *context) {
  struct line *line = calloc(1, sizeof *line);
  if (!line) {
    close(descriptor);
    return NULL;
  }
  line->descriptor = descriptor;
  line->events = events;
  line->context = context;
  return line;
}

struct buffer *line_out(struct line *line) {
  return &line->out;
}

/* --- the end --- */

static void line_delete(struct line *line) {
  buffer_free(&line->in);
  buffer_free(&line->out);
  free(line);
}

static void on_poll_closed(uv_handle_t *handle) {
  struct line *line = handle->data;
  line->watched = 0;
  if (line->is_freed) line_delete(line);
}

static void disconnect(struct line *line) {
  if (line->descriptor < 0) return;
  if (line->watched) uv_close((uv_handle_t *)&line->poll, on_poll_closed);
  close(line->descriptor);
  line->descriptor = -1;
}

static void break_line(struct line *line, const char *why) {
  if (line->descriptor < 0) return;
  disconnect(line);
  if (!line->is_freed) line->events->broken(line->context, why);
}

void line_free(struct line *line) {
  if (!line) return;
  line->is_freed = true;
  disconnect(line);
  if (!line->watched) line_delete(line);
}

/* --- reading --- */

/* Gives on the whole frames of what has come. */
static void give_frames(struct line *line) {
  struct link_frame frame;
  size_t done = 0, size = 0;
  while (line->descriptor >= 0 && done < line->in.size) {
    struct text rest = {line->in.bytes + done, line->in.size - done};
    enum link_result result = link_read(rest, &frame, &size);
    if (result == LINK_PART) break;
    if (result == LINK_REFUSED || !line->events->frame(line->context, &frame)) {
      break_line(line, "it said what is not understood");
      return;
    }
    done += size;
  }
  line->in.size -= done;
  if (line->in.size == 0 && line->in.capacity > KEPT_SIZE)
    buffer_free(&line->in);
  else if (done > 0)
    memmove(line->in.bytes, line->in.bytes + done, line->in.size);
}

/* Reads once. Returns how much came; 0 when nothing is there, or the line
   broke. */
static size_t read_some(struct line *line) {
  char *place = buffer_reserve(&line->in, READ_SIZE);
  if (!place) {
    break_line(line, "out of memory");
    return 0;
  }
  ssize_t size = read(line->descriptor, place, READ_SIZE);
  if (size > 0) {
    line->in.size += (size_t)size;
    return (size_t)size;
  }
  if (size == 0)
    break_line(line, NULL);
  else if (errno != EAGAIN && errno != EINTR)
    break_line(line, errno == ECONNRESET ? NULL : strerror(errno));
  return 0;
}

static void receive(struct line *line) {
  size_t sum = 0, size = 0;
  do {
    size = read_some(line);
    if (size > 0) give_frames(line);
    sum += size;
  } while (size > 0 && sum < TURN_SIZE && line->descriptor >= 0);
}

/* --- writing --- */

size_t line_waiting(const struct line *line) {
  return line->out.size - line->written;
}

static void write_some(struct line *line) {
  while (line_waiting(line) > 0) {
    ssize_t size = send(line->descriptor, line->out.bytes + line->written,
                        line_waiting(line), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) {
      /* What it has said before comes first: the end is then read. */
      line->written = line->out.size;
      return;
    }
    line->written += (size_t)size;
  }
  line->written = 0;
  if (line->out.capacity > KEPT_SIZE)
    buffer_free(&line->out);
  else
    buffer_clear(&line->out);
}

/* --- in the loop --- */

static void watch_events(struct line *line);

static void on_event(uv_poll_t *poll, int status, int events) {
  struct line *line = poll->data;
  (void)status;
  if (events & UV_WRITABLE) write_some(line);
  if (line->descriptor >= 0) receive(line);
  if (line->descriptor >= 0) watch_events(line);
}

static void watch_events(struct line *line) {
  int events = UV_READABLE | (line_waiting(line) > 0 ? UV_WRITABLE : 0);
  if (events == line->watched) return;
  line->watched = events;
  uv_poll_start(&line->poll, events, on_event);
}

bool line_watch(struct line *line, uv_loop_t *loop) {
  if (line->descriptor < 0) return false;
  if (uv_poll_init(loop, &line->poll, line->descriptor) != 0) return false;
  line->poll.data = line;
  line->watched = UV_DISCONNECT; /* it has a handle */
  watch_events(line);
  return true;
}

void line_flush(struct line *line, size_t most) {
  if (line->descriptor < 0) return;
  if (line->out.failed) {
    break_line(line, "out of memory");
    return;
  }
  if (line_waiting(line) > 0) write_some(line);
  if (line_waiting(line) > most) {
    break_line(line, "it takes nothing");
    return;
  }
  if (line->watched) watch_events(line);
}

/* --- without a loop --- */

bool line_wait(struct line *line, const bool *is_over, int milliseconds) {
  give_frames(line);
  while (!*is_over && line->descriptor >= 0) {
    if (line_waiting(line) > 0) write_some(line);
    struct pollfd wanted = {
        .fd = line->descriptor,
        .events = (short)(POLLIN | (line_waiting(line) > 0 ? POLLOUT : 0))};
    int count = poll(&wanted, 1, milliseconds);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    if (wanted.revents & ~POLLOUT) receive(line);
  }
  return *is_over;
}
