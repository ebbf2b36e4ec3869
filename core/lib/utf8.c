#include "lib/utf8.h"

#include "lib/ascii.h"

#include <string.h>

/* Which bytes must follow. UTF8_START and UTF8_INVALID come before these. */
enum {
  ONE_MORE = UTF8_INVALID + 1,
  TWO_MORE,
  THREE_MORE,
  BEHIND_E0, /* two more; refuses what fits two bytes */
  BEHIND_ED, /* two more; refuses surrogates */
  BEHIND_F0, /* three more; refuses what fits three bytes */
  BEHIND_F4  /* three more; refuses what is beyond U+10FFFF */
};

/* The continuation bytes that a state accepts, and the next state. */
static const struct {
  unsigned char least, most;
  uint32_t next;
} continuations[] = {
    [ONE_MORE] = {0x80, 0xbf, UTF8_START}, [TWO_MORE] = {0x80, 0xbf, ONE_MORE},
    [THREE_MORE] = {0x80, 0xbf, TWO_MORE}, [BEHIND_E0] = {0xa0, 0xbf, ONE_MORE},
    [BEHIND_ED] = {0x80, 0x9f, ONE_MORE},  [BEHIND_F0] = {0x90, 0xbf, TWO_MORE},
    [BEHIND_F4] = {0x80, 0x8f, TWO_MORE},
};

static uint32_t state_after_lead(unsigned char byte) {
  if (byte < 0x80) return UTF8_START;
  if (byte < 0xc2) return UTF8_INVALID;
  if (byte < 0xe0) return ONE_MORE;
  if (byte == 0xe0) return BEHIND_E0;
  if (byte == 0xed) return BEHIND_ED;
  if (byte < 0xf0) return TWO_MORE;
  if (byte == 0xf0) return BEHIND_F0;
  if (byte < 0xf4) return THREE_MORE;
  return byte == 0xf4 ? BEHIND_F4 : UTF8_INVALID;
}

static uint32_t next_state(uint32_t state, unsigned char byte) {
  if (state == UTF8_START) return state_after_lead(byte);
  if (byte < continuations[state].least || byte > continuations[state].most) {
    return UTF8_INVALID;
  }
  return continuations[state].next;
}

static const uint64_t high_bits = UINT64_C(0x8080808080808080);

static bool is_ascii_word(const char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return (word & high_bits) == 0;
}

static bool is_ascii_block(const char *bytes) {
  uint64_t words[4];
  memcpy(words, bytes, sizeof words);
  return ((words[0] | words[1] | words[2] | words[3]) & high_bits) == 0;
}

/* Skips blocks and words that are all ASCII. */
static size_t skip_ascii(const char *bytes, size_t at, size_t size) {
  while (size - at >= 4 * sizeof(uint64_t) && is_ascii_block(bytes + at)) {
    at += 4 * sizeof(uint64_t);
  }
  while (size - at >= sizeof(uint64_t) && is_ascii_word(bytes + at)) {
    at += sizeof(uint64_t);
  }
  return at;
}

uint32_t utf8_continue(uint32_t state, const char *bytes, size_t size) {
  size_t i = 0;
  while (i < size && state != UTF8_INVALID) {
    if (state == UTF8_START) i = skip_ascii(bytes, i, size);
    while (i < size && state != UTF8_INVALID) {
      state = next_state(state, (unsigned char)bytes[i++]);
      if (state == UTF8_START && i < size && ascii_is(bytes[i])) break;
    }
  }
  return state;
}

bool utf8_is_valid(const char *bytes, size_t size) {
  return utf8_continue(UTF8_START, bytes, size) == UTF8_START;
}
