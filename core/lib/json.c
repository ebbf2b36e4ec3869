/*
** Strings and words of JSON. Numbers are in json_number.c.
*/
#include "lib/json.h"

#include "lib/ascii.h"

#include "lib/utf8.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

const char *json_skip_space(const char *at, const char *end) {
  while (at < end &&
         (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) {
    at++;
  }
  return at;
}

const char *json_scan_word(const char *at, const char *end, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(end - at) < size || memcmp(at, word, size) != 0) return NULL;
  return at + size;
}

/* Whether the byte is ASCII and may stand in a string unescaped. */
static bool is_plain(char byte) {
  return ascii_is(byte) && byte >= 0x20 && byte != '"' && byte != '\\';
}

/* The same byte eight times. */
static uint64_t repeat_byte(unsigned char byte) {
  return byte * UINT64_C(0x0101010101010101);
}

/* Whether one of the eight bytes is below `limit` or not ASCII. */
static bool has_below(uint64_t word, unsigned char limit) {
  return (((word - repeat_byte(limit)) | word) & repeat_byte(0x80)) != 0;
}

/* Whether all of the eight bytes are plain. */
static bool is_plain_word(const char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return !has_below(word, 0x20) && !has_below(word ^ repeat_byte('"'), 1) &&
         !has_below(word ^ repeat_byte('\\'), 1);
}

#ifdef __SSE2__

/* Skips blocks of 16 plain bytes, and the plain bytes at the front of the next
   one. Compared as signed numbers, control characters and all bytes beyond
   ASCII are below a space. True when a byte that is not plain was found. */
static bool skip_plain_blocks(const char **at, const char *end) {
  const __m128i space = _mm_set1_epi8(' ');
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  while (end - *at >= (ptrdiff_t)sizeof(__m128i)) {
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)*at);
    __m128i odd = _mm_or_si128(_mm_cmplt_epi8(block, space),
                               _mm_or_si128(_mm_cmpeq_epi8(block, quote),
                                            _mm_cmpeq_epi8(block, backslash)));
    unsigned places = (unsigned)_mm_movemask_epi8(odd);
    if (places != 0) {
      *at += __builtin_ctz(places);
      return true;
    }
    *at += sizeof(__m128i);
  }
  return false;
}

#else

static bool skip_plain_blocks(const char **at, const char *end) {
  (void)at;
  (void)end;
  return false;
}

#endif

static const char *skip_plain(const char *at, const char *end) {
  if (skip_plain_blocks(&at, end)) return at;
  while ((size_t)(end - at) >= sizeof(uint64_t) && is_plain_word(at)) {
    at += sizeof(uint64_t);
  }
  while (at < end && is_plain(*at)) {
    at++;
  }
  return at;
}

static const char *skip_beyond_ascii(const char *at, const char *end) {
  while (at < end && !ascii_is(*at)) {
    at++;
  }
  return at;
}

/* Skips what needs no decoding: up to a quote, a backslash, a control character
   or the end. NULL when it is not UTF-8. */
static const char *skip_run(const char *at, const char *end) {
  const char *first = at;
  at = skip_plain(at, end);
  if (at == end || ascii_is(*at)) return at;
  while (at < end && !ascii_is(*at)) {
    at = skip_plain(skip_beyond_ascii(at, end), end);
  }
  return utf8_is_valid(first, (size_t)(at - first)) ? at : NULL;
}

/* The code unit that the `uXXXX` at `at` stands for, or -1. */
static int32_t scan_unit(const char *at, const char *end) {
  if (end - at < 5 || at[0] != 'u') return -1;
  int32_t unit = 0;
  for (int i = 1; i <= 4; i++) {
    int digit = ascii_hex(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

static bool append_character(struct buffer *buffer, int32_t code) {
  char *at = buffer_reserve(buffer, 4);
  if (!at) return false;
  size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = size - 1; i > 0; i--) {
    at[i] = (char)(0x80 | (code & 0x3f));
    code >>= 6;
  }
  at[0] = (char)(leads[size] | code);
  buffer->size += size;
  return true;
}

/* Decodes the `uXXXX` at `at`, or a surrogate pair of two of them. */
static const char *scan_unicode(const char *at, const char *end,
                                struct buffer *scratch) {
  int32_t code = scan_unit(at, end);
  if (code < 0) return NULL;
  at += 5;
  if (code >= 0xdc00 && code <= 0xdfff) return NULL;
  if (code >= 0xd800 && code <= 0xdbff) {
    if (at == end || *at != '\\') return NULL;
    int32_t low = scan_unit(at + 1, end);
    if (low < 0xdc00 || low > 0xdfff) return NULL;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    at += 6;
  }
  return append_character(scratch, code) ? at : NULL;
}

/* The letters of the short escapes, and what they stand for. */
static const char short_escapes[] = "\"\\/bfnrt";
static const char short_meanings[] = "\"\\/\b\f\n\r\t";

/* Decodes the escape after a backslash. */
static const char *scan_escape(const char *at, const char *end,
                               struct buffer *scratch) {
  if (at == end) return NULL;
  if (*at == 'u') return scan_unicode(at, end, scratch);
  const char *found = memchr(short_escapes, *at, sizeof short_escapes - 1);
  if (!found) return NULL;
  const char *meaning = short_meanings + (found - short_escapes);
  return buffer_append(scratch, meaning, 1) ? at + 1 : NULL;
}

/* Decodes a string from its first escape on. */
static const char *scan_rest(const char *at, const char *end,
                             struct buffer *scratch) {
  while (at < end && *at == '\\') {
    const char *run = scan_escape(at + 1, end, scratch);
    if (!run) return NULL;
    at = skip_run(run, end);
    if (!at || !buffer_append(scratch, run, (size_t)(at - run))) return NULL;
  }
  return at < end && *at == '"' ? at + 1 : NULL;
}

const char *json_scan_string(const char *at, const char *end,
                             struct buffer *scratch, const char **bytes,
                             size_t *size) {
  if (at == end || *at != '"') return NULL;
  const char *first = at + 1;
  at = skip_run(first, end);
  if (!at || at == end) return NULL;
  *bytes = first;
  *size = (size_t)(at - first);
  if (*at == '"') return at + 1;
  buffer_clear(scratch);
  if (!buffer_append(scratch, first, *size)) return NULL;
  at = scan_rest(at, end, scratch);
  *bytes = scratch->bytes;
  *size = scratch->size;
  return at;
}

static bool print_escape(struct buffer *buffer, char byte) {
  const char *found = memchr(short_meanings, byte, sizeof short_meanings - 1);
  if (!found) return buffer_print(buffer, "\\u%04x", (unsigned)byte);
  char escape[] = {'\\', short_escapes[found - short_meanings]};
  return buffer_append(buffer, escape, sizeof escape);
}

static bool print_inside(struct buffer *buffer, const char *at,
                         const char *end) {
  for (;;) {
    const char *run = at;
    at = skip_run(run, end);
    if (!at || !buffer_append(buffer, run, (size_t)(at - run))) return false;
    if (at == end) return true;
    if (!print_escape(buffer, *at++)) return false;
  }
}

/* The fast path: a string without anything to escape is copied between
   quotes. */
static bool print_plain_string(struct buffer *buffer, const char *bytes,
                               size_t size) {
  if (skip_plain(bytes, bytes + size) != bytes + size) return false;
  char *at = buffer_reserve(buffer, size + 2);
  if (!at) return false;
  at[0] = '"';
  memcpy(at + 1, bytes, size);
  at[size + 1] = '"';
  buffer->size += size + 2;
  return true;
}

bool json_print_string(struct buffer *buffer, const char *bytes, size_t size) {
  if (size > 0 && print_plain_string(buffer, bytes, size)) return true;
  size_t before = buffer->size;
  bool printed = buffer_append(buffer, "\"", 1) &&
                 (size == 0 || print_inside(buffer, bytes, bytes + size)) &&
                 buffer_append(buffer, "\"", 1);
  if (!printed) buffer->size = before;
  return printed;
}
