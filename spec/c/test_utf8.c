/*
** UTF-8 as a whole, and cut at every place.
*/
#include "check.h"

#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>

struct sample {
  const char *name;
  const char *bytes;
};

static const struct sample accepted[] = {
    {"nothing", ""},
    {"ASCII", "The quick brown fox jumps over it \x01\x1f\x7f"},
    {"U+0080", "\xc2\x80"},
    {"U+07FF", "\xdf\xbf"},
    {"U+0800", "\xe0\xa0\x80"},
    {"U+0FFF", "\xe0\xbf\xbf"},
    {"U+1000", "\xe1\x80\x80"},
    {"U+CFFF", "\xec\xbf\xbf"},
    {"U+D7FF, before the surrogates", "\xed\x9f\xbf"},
    {"U+E000, behind the surrogates", "\xee\x80\x80"},
    {"U+FEFF", "\xef\xbb\xbf"},
    {"U+FFFF", "\xef\xbf\xbf"},
    {"U+10000", "\xf0\x90\x80\x80"},
    {"U+3FFFF", "\xf0\xbf\xbf\xbf"},
    {"U+40000", "\xf1\x80\x80\x80"},
    {"U+FFFFF", "\xf3\xbf\xbf\xbf"},
    {"U+100000", "\xf4\x80\x80\x80"},
    {"U+10FFFF", "\xf4\x8f\xbf\xbf"},
    {"mixed", "1234567\xc3\xa4"
              "123456\xe2\x82\xac"
              "12345678\xf0\x9f\x98\x80."},
};

static const struct sample refused[] = {
    {"continuation alone", "\x80"},
    {"continuation alone, the last", "\xbf"},
    {"continuation behind ASCII", "12345678\x80"},
    {"continuation too many", "\xc3\xa4\xa4"},
    {"overlong NUL, two bytes", "\xc0\x80"},
    {"overlong slash, two bytes", "\xc0\xaf"},
    {"overlong U+007F", "\xc1\xbf"},
    {"overlong NUL, three bytes", "\xe0\x80\x80"},
    {"overlong U+07FF", "\xe0\x9f\xbf"},
    {"overlong NUL, four bytes", "\xf0\x80\x80\x80"},
    {"overlong U+FFFF", "\xf0\x8f\xbf\xbf"},
    {"five bytes", "\xf8\x88\x80\x80\x80"},
    {"six bytes", "\xfc\x84\x80\x80\x80\x80"},
    {"first surrogate", "\xed\xa0\x80"},
    {"last high surrogate", "\xed\xaf\xbf"},
    {"first low surrogate", "\xed\xb0\x80"},
    {"last surrogate", "\xed\xbf\xbf"},
    {"surrogate pair", "\xed\xa0\xbd\xed\xb8\x80"},
    {"U+110000", "\xf4\x90\x80\x80"},
    {"U+140000", "\xf5\x80\x80\x80"},
    {"FE", "\xfe"},
    {"FF", "\xff"},
    {"two bytes, one there", "\xc3"},
    {"three bytes, one there", "\xe2"},
    {"three bytes, two there", "\xe2\x82"},
    {"four bytes, one there", "\xf0"},
    {"four bytes, two there", "\xf0\x9f"},
    {"four bytes, three there", "\xf0\x9f\x98"},
    {"cut short, then ASCII", "\xe2\x82z"},
    {"cut short, then a word of ASCII", "\xe2\x82zzzzzzzzz"},
    {"cut short, then a lead", "\xe2\xe2\x82\xac"},
    {"Latin-1", "caf\xe9"},
    {"late in a long text", "0123456789abcdef0123456789abcdef\xff"},
};

enum { ACCEPTED = sizeof accepted / sizeof *accepted };
enum { REFUSED = sizeof refused / sizeof *refused };

/* A copy that ends where its memory ends, so that a sanitizer sees a read
   behind it. */
static char *copy(const char *bytes, size_t size) {
  char *exact = malloc(size ? size : 1);
  if (!exact) abort();
  if (size) memcpy(exact, bytes, size);
  return exact;
}

/* Every cut into three pieces gives what the whole gives. */
static bool is_same_in_pieces(const char *bytes, size_t size) {
  uint32_t whole = utf8_continue(UTF8_START, bytes, size);
  for (size_t first = 0; first <= size; first++) {
    uint32_t head = utf8_continue(UTF8_START, bytes, first);
    for (size_t second = first; second <= size; second++) {
      uint32_t state = utf8_continue(head, bytes + first, second - first);
      state = utf8_continue(state, bytes + second, size - second);
      if (state != whole) return false;
    }
  }
  uint32_t state = UTF8_START;
  for (size_t i = 0; i < size; i++) {
    state = utf8_continue(state, bytes + i, 1);
  }
  return state == whole;
}

static void check_sample(const struct sample *sample, bool valid) {
  size_t size = strlen(sample->bytes);
  char *bytes = copy(sample->bytes, size);
  CHECK_CASE(utf8_is_valid(bytes, size) == valid, sample->name);
  CHECK_CASE(is_same_in_pieces(bytes, size), sample->name);
  free(bytes);
}

static void test_samples(void) {
  for (int i = 0; i < ACCEPTED; i++) {
    check_sample(&accepted[i], true);
  }
  for (int i = 0; i < REFUSED; i++) {
    check_sample(&refused[i], false);
  }
}

/* Each sample behind 0 to 16 bytes of ASCII and before as many. */
static void test_shifted(void) {
  char text[80];
  for (int i = 0; i < ACCEPTED + REFUSED; i++) {
    bool valid = i < ACCEPTED;
    const struct sample *sample = valid ? &accepted[i] : &refused[i - ACCEPTED];
    size_t size = strlen(sample->bytes);
    for (size_t shift = 0; shift <= 16; shift++) {
      memset(text, 'a', sizeof text);
      memcpy(text + shift, sample->bytes, size);
      CHECK_CASE(utf8_is_valid(text, size + 2 * shift) == valid, sample->name);
    }
  }
}

/* Says by arithmetic whether up to four bytes are exactly one character. */
static bool is_character(const unsigned char *bytes, size_t size) {
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
  static const unsigned char masks[] = {0, 0x80, 0xe0, 0xf0, 0xf8};
  if ((bytes[0] & masks[size]) != marks[size]) return false;
  uint32_t code = bytes[0] & (unsigned char)~masks[size];
  for (size_t i = 1; i < size; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return false;
    code = code << 6 | (bytes[i] & 0x3f);
  }
  if (code < smallest[size] || code > 0x10ffff) return false;
  return code < 0xd800 || code > 0xdfff;
}

static bool is_text(const unsigned char *bytes, size_t size) {
  if (size == 0) return true;
  for (size_t first = 1; first <= 4 && first <= size; first++) {
    if (is_character(bytes, first)) return is_text(bytes + first, size - first);
  }
  return false;
}

/* All sequences of up to three bytes, and all of four whose last two are of
   the kinds that matter. */
static void test_every_sequence(void) {
  static const unsigned char kinds[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                        0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed,
                                        0xf0, 0xf4, 0xf5, 0xff};
  unsigned char bytes[4];
  unsigned wrong = 0;
  for (uint32_t n = 0; n < 1 << 24; n++) {
    bytes[0] = (unsigned char)(n >> 16);
    bytes[1] = (unsigned char)(n >> 8);
    bytes[2] = (unsigned char)n;
    wrong += utf8_is_valid((char *)bytes, 3) != is_text(bytes, 3);
    if (n & 0xff) continue;
    wrong += utf8_is_valid((char *)bytes, 2) != is_text(bytes, 2);
    wrong += utf8_is_valid((char *)bytes, 1) != is_text(bytes, 1);
    for (int i = 0; i < 256; i++) {
      bytes[2] = kinds[i / 16];
      bytes[3] = kinds[i % 16];
      wrong += utf8_is_valid((char *)bytes, 4) != is_text(bytes, 4);
    }
  }
  CHECK(wrong == 0);
}

static void test_invalid_is_final(void) {
  uint32_t state = utf8_continue(UTF8_START, "\xff", 1);
  CHECK(state == UTF8_INVALID);
  CHECK(utf8_continue(state, "", 0) == UTF8_INVALID);
  CHECK(utf8_continue(state, "plain ASCII again", 17) == UTF8_INVALID);
}

static void test_nothing(void) {
  CHECK(utf8_is_valid(NULL, 0));
  CHECK(utf8_continue(UTF8_START, NULL, 0) == UTF8_START);
  CHECK(utf8_is_valid("a\0b", 3));
}

int main(void) {
  test_samples();
  test_shifted();
  test_every_sequence();
  test_invalid_is_final();
  test_nothing();
  return check_report();
}
