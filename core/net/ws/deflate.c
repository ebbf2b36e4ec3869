#include "net/ws/deflate.h"

#include "lib/buffer.h"
#include "model/message.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
  SCRATCH_KEPT = 256 * 1024,
  FIRST_ROOM = 4096,
  MEMORY_LEVEL = 8,  /* zlib's default */
  AT_BLOCK_END = 128 /* a bit in z_stream.data_type */
};

/* The end of a flush, which is not sent: RFC 7692 section 7.2.1. */
static const char flush_end[4] = {0x00, 0x00, (char)0xff, (char)0xff};

struct deflater {
  z_stream stream;
  int level; /* 0: not made yet */
};

struct deflate {
  z_stream inflater;
  struct deflater deflaters[DEFLATE_WINDOW_MAX - DEFLATE_WINDOW_MIN + 1];
  struct buffer scratch;
};

struct deflate *deflate_new(void) {
  struct deflate *codec = calloc(1, sizeof(struct deflate));
  if (codec && inflateInit2(&codec->inflater, -DEFLATE_WINDOW_MAX) == Z_OK)
    return codec;
  free(codec);
  return NULL;
}

static void close_deflater(struct deflater *deflater) {
  if (deflater->level != 0) deflateEnd(&deflater->stream);
  *deflater = (struct deflater){0};
}

void deflate_free(struct deflate *codec) {
  if (!codec) return;
  inflateEnd(&codec->inflater);
  for (int i = 0; i <= DEFLATE_WINDOW_MAX - DEFLATE_WINDOW_MIN; i++)
    close_deflater(&codec->deflaters[i]);
  buffer_free(&codec->scratch);
  free(codec);
}

void deflate_trim(struct deflate *codec) {
  if (codec->scratch.capacity > SCRATCH_KEPT) buffer_free(&codec->scratch);
}

/* --- inflating --- */

/* Makes room for more output, up to one byte above the limit. */
static bool make_inflate_room(struct deflate *codec, uint64_t limit) {
  struct buffer *scratch = &codec->scratch;
  uint64_t room = scratch->size < FIRST_ROOM ? FIRST_ROOM : scratch->size;
  if (room > limit + 1 - scratch->size) room = limit + 1 - scratch->size;
  if (room > UINT_MAX) room = UINT_MAX;
  char *place = buffer_reserve(scratch, (size_t)room);
  codec->inflater.next_out = (Bytef *)place;
  codec->inflater.avail_out = place ? (uInt)room : 0;
  return place != NULL;
}

/* Calls inflate() once. More blocks may follow one that is marked as the last:
   section 7.2.3.4. */
static enum inflated inflate_step(struct deflate *codec) {
  z_stream *stream = &codec->inflater;
  uInt room = stream->avail_out;
  int result = inflate(stream, Z_SYNC_FLUSH);
  codec->scratch.size += room - stream->avail_out;
  if (result == Z_STREAM_END) result = inflateReset(stream);
  if (result == Z_MEM_ERROR) return INFLATED_NO_MEMORY;
  return result == Z_OK || result == Z_BUF_ERROR ? INFLATED : INFLATED_BROKEN;
}

static enum inflated feed_inflater(struct deflate *codec, const char *bytes,
                                   size_t size, uint64_t limit) {
  z_stream *stream = &codec->inflater;
  stream->next_in = (const Bytef *)bytes;
  stream->avail_in = (uInt)size;
  do {
    if (!make_inflate_room(codec, limit)) return INFLATED_NO_MEMORY;
    enum inflated result = inflate_step(codec);
    if (result != INFLATED) return result;
    if (codec->scratch.size > limit) return INFLATED_TOO_BIG;
  } while (stream->avail_in > 0 || stream->avail_out == 0);
  return INFLATED;
}

enum inflated deflate_inflate(struct deflate *codec, const char *bytes,
                              size_t size, uint64_t limit, char **inflated,
                              size_t *inflated_size) {
  if (size > UINT_MAX) return INFLATED_TOO_BIG;
  buffer_clear(&codec->scratch);
  codec->scratch.failed = false;
  (void)inflateReset(&codec->inflater);
  enum inflated result = feed_inflater(codec, bytes, size, limit);
  if (result == INFLATED)
    result = feed_inflater(codec, flush_end, sizeof flush_end, limit);
  if (result != INFLATED) return result;
  if (!(codec->inflater.data_type & AT_BLOCK_END)) return INFLATED_BROKEN;
  *inflated = codec->scratch.bytes;
  *inflated_size = codec->scratch.size;
  return INFLATED;
}

/* --- deflating --- */

static z_stream *deflater_get(struct deflate *codec, int window, int level) {
  struct deflater *deflater = &codec->deflaters[window - DEFLATE_WINDOW_MIN];
  if (deflater->level == level) {
    (void)deflateReset(&deflater->stream);
    return &deflater->stream;
  }
  close_deflater(deflater);
  if (deflateInit2(&deflater->stream, level, Z_DEFLATED, -window, MEMORY_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return NULL;
  deflater->level = level;
  return &deflater->stream;
}

/* Returns the size of what was deflated into the scratch buffer; 0 when it is
   not smaller than the message, or memory ran out. */
static size_t run_deflater(struct deflate *codec, z_stream *stream,
                           const struct message *message) {
  size_t room = message->size + sizeof flush_end;
  buffer_clear(&codec->scratch);
  stream->next_out = (Bytef *)buffer_reserve(&codec->scratch, room);
  if (!stream->next_out) return 0;
  stream->avail_out = (uInt)room;
  stream->next_in = (const Bytef *)message->bytes;
  stream->avail_in = (uInt)message->size;
  /* If the room is full, there may be more output. */
  if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_out == 0) return 0;
  return room - stream->avail_out - sizeof flush_end;
}

static struct message *make_deflated(struct deflate *codec,
                                     const struct message *message, int window,
                                     int level) {
  if (message->size > UINT_MAX - sizeof flush_end) return NULL;
  z_stream *stream = deflater_get(codec, window, level);
  size_t size = stream ? run_deflater(codec, stream, message) : 0;
  struct message *deflated = NULL;
  if (size > 0) {
    deflated = message_new(message->kind | MESSAGE_DEFLATED,
                           codec->scratch.bytes, size);
  }
  deflate_trim(codec);
  return deflated;
}

struct message *deflate_message(struct deflate *codec, struct message *message,
                                int window, int level) {
  /* A message deflated with a smaller window can be read with a larger one. */
  if (message->deflated && message->window <= window) return message->deflated;
  if (message->failed >= window) return message;
  struct message *deflated = make_deflated(codec, message, window, level);
  if (!deflated) {
    message->failed = (uint8_t)window;
    return message;
  }
  message_unref(message->deflated);
  message->deflated = deflated;
  message->window = (uint8_t)window;
  return deflated;
}
