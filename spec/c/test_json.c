/*
** Strings, words and space of JSON, form by form; test_json_number has its
** numbers. Every text is copied into memory of exactly its size, so that a
** sanitizer sees a read behind its end.
*/
#include "check.h"

#include "lib/json.h"
#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static char *copy(const char *bytes, size_t size) {
  char *exact = malloc(size ? size : 1);
  if (!exact) abort();
  memcpy(exact, bytes, size);
  return exact;
}

/* The same numbers in every run. */
static uint64_t next_random(void) {
  static uint64_t state = 20240229;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 32 ^ state << 31;
}

/* A string's text and what it means; NULL: refused. */
struct string {
  const char *text;
  const char *meaning;
};

static const struct string strings[] = {
    {"\"\"", ""},
    {"\"a\"", "a"},
    {"\"hello\"", "hello"},
    {"\"1234567\"", "1234567"},
    {"\"12345678\"", "12345678"},
    {"\"123456789012345678901234567890\"", "123456789012345678901234567890"},
    {"\" \x7f/'\"", " \x7f/'"},
    {"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
    {"\"a\\nb\"", "a\nb"},
    {"\"0123456789\\t0123456789\"", "0123456789\t0123456789"},
    {"\"\\\\\\\\\"", "\\\\"},
    {"\"\\\\n\"", "\\n"},
    {"\"\\u0041\"", "A"},
    {"\"\\u007F\\u0080\\u07ff\\u0800\"", "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80"},
    {"\"\\u00e4\\u00E4\"", "\xc3\xa4\xc3\xa4"},
    {"\"\\u20ac!\"", "\xe2\x82\xac!"},
    {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
    {"\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80"},
    {"\"\\ud800\\udc00\"", "\xf0\x90\x80\x80"},
    {"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf"},
    {"\"x\\ud83d\\ude00y\\ud83d\\ude00\"",
     "x\xf0\x9f\x98\x80y\xf0\x9f\x98\x80"},
    {"\"\xc3\xa4\\n\xc3\xa4\"", "\xc3\xa4\n\xc3\xa4"},
    {"\"\\ufffe\\uffff\"", "\xef\xbf\xbe\xef\xbf\xbf"},

    {"", NULL},
    {"\"", NULL},
    {"a", NULL},
    {"'a'", NULL},
    {" \"a\"", NULL},
    {"\"abc", NULL},
    {"\"12345678", NULL},
    {"\"\\\"", NULL},
    {"\"\\", NULL},
    {"\"\\n", NULL},
    {"\"\\u\"", NULL},
    {"\"\\u1\"", NULL},
    {"\"\\u12\"", NULL},
    {"\"\\u123\"", NULL},
    {"\"\\u 123\"", NULL},
    {"\"\\u+123\"", NULL},
    {"\"\\u0x41\"", NULL},
    {"\"\\U0041\"", NULL},
    {"\"\\u{41}\"", NULL},
    {"\"\\x41\"", NULL},
    {"\"\\0\"", NULL},
    {"\"\\'\"", NULL},
    {"\"\\\n\"", NULL},
    {"\"\\ud83d\"", NULL},
    {"\"\\ud83dx\"", NULL},
    {"\"\\ud83d\\n\"", NULL},
    {"\"\\ud83d\\u\"", NULL},
    {"\"\\ud83d\\u0041\"", NULL},
    {"\"\\ud83d\\ud83d\"", NULL},
    {"\"\\ud83d\\ud83d\\ude00\"", NULL},
    {"\"\\ude00\"", NULL},
    {"\"\\ude00\\ud83d\"", NULL},
    {"\"\\ud83d\xed\xb8\x80\"", NULL},
    {"\"\\ud83dude00\"", NULL},
    {"\"\x80\"", NULL},
    {"\"\xff\"", NULL},
    {"\"caf\xe9\"", NULL},
    {"\"\xc0\xaf\"", NULL},
    {"\"\xe2\x82\"", NULL},
    {"\"\xed\xa0\xbd\xed\xb8\x80\"", NULL},
    {"\"\xf4\x90\x80\x80\"", NULL},
    {"\"0123456789abcdef\xff\"", NULL},
    {"\"\\n\xff\"", NULL},
    {"\"\\n0123456789abcdef\xff\"", NULL},
    {"\"\xff\\n\"", NULL},
    {"\"\xc3\\n\xa4\"", NULL},
    {"\"\xc3\\u00a4\"", NULL},
};

static struct buffer scratch;

/* Whether the whole text is a string with this meaning. */
static bool is_string(const char *text, size_t text_size, const char *meaning,
                      size_t meaning_size) {
  char *bytes = copy(text, text_size);
  const char *found;
  size_t size;
  const char *behind =
      json_scan_string(bytes, bytes + text_size, &scratch, &found, &size);
  bool same = behind == bytes + text_size && size == meaning_size &&
              memcmp(found, meaning, size) == 0;
  free(bytes);
  return same;
}

static bool is_refused(const char *text, size_t text_size) {
  char *bytes = copy(text, text_size);
  const char *found;
  size_t size;
  bool refused =
      !json_scan_string(bytes, bytes + text_size, &scratch, &found, &size);
  free(bytes);
  return refused;
}

static void test_strings(void) {
  for (size_t i = 0; i < COUNT(strings); i++) {
    const char *text = strings[i].text;
    const char *meaning = strings[i].meaning;
    size_t size = strlen(text);
    CHECK_CASE(meaning ? is_string(text, size, meaning, strlen(meaning))
                       : is_refused(text, size),
               text);
    if (!meaning) continue;
    for (size_t cut = 0; cut < size; cut++) {
      CHECK_CASE(is_refused(text, cut), text);
    }
  }
}

/* What stands behind a string is not looked at. */
static void test_string_ends(void) {
  const char *text = "\"ab\"\xff\"";
  const char *found;
  size_t size;
  CHECK(json_scan_string(text, text + 6, &scratch, &found, &size) == text + 4);
  CHECK(found == text + 1 && size == 2);
  text = "\"\\n\"\"";
  CHECK(json_scan_string(text, text + 5, &scratch, &found, &size) == text + 4);
  CHECK(found == scratch.bytes && size == 1);
}

static void test_zero_bytes(void) {
  CHECK(is_string("\"a\\u0000b\"", 10, "a\0b", 3));
  CHECK(is_refused("\"a\0b\"", 5));
}

/* Every byte, at every place of a string that is long enough for two words. */
static void test_every_byte(void) {
  for (int byte = 0; byte < 256; byte++) {
    for (size_t place = 1; place <= 20; place++) {
      char text[] = "\"aaaaaaaaaaaaaaaaaaaa\"";
      char label[32];
      text[place] = (char)byte;
      snprintf(label, sizeof label, "byte %d", byte);
      bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
      if (plain) {
        CHECK_CASE(is_string(text, 22, text + 1, 20), label);
      } else if (byte != '"') {
        CHECK_CASE(is_refused(text, 22), label);
      } else {
        CHECK_CASE(is_string(text, place + 1, text + 1, place - 1), label);
      }
    }
  }
}

static void test_every_escape(void) {
  for (int byte = 0; byte < 256; byte++) {
    char text[] = "\"\\?\"";
    text[2] = (char)byte;
    bool known = byte && strchr("\"\\/bfnrt", byte);
    CHECK(is_refused(text, 4) == !known);
    for (size_t place = 3; place < 7; place++) {
      char unit[] = "\"\\u0000\"";
      unit[place] = (char)byte;
      bool hex = byte && strchr("0123456789abcdefABCDEF", byte);
      CHECK(is_refused(unit, 8) == !hex);
    }
  }
}

static size_t encode(uint32_t code, char out[4]) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xc0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | code >> 18);
  out[1] = (char)(0x80 | (code >> 12 & 0x3f));
  out[2] = (char)(0x80 | (code >> 6 & 0x3f));
  out[3] = (char)(0x80 | (code & 0x3f));
  return 4;
}

/* Every code point, written as an escape. */
static void test_every_code_point(void) {
  unsigned wrong = 0;
  for (uint32_t code = 0; code <= 0x10ffff; code++) {
    char text[20], meaning[4];
    uint32_t beyond = code - 0x10000;
    int size = code < 0x10000
                   ? snprintf(text, sizeof text, "\"\\u%04x\"", code)
                   : snprintf(text, sizeof text, "\"\\u%04x\\u%04X\"",
                              0xd800 | beyond >> 10, 0xdc00 | (beyond & 0x3ff));
    size_t meaning_size = encode(code, meaning);
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    wrong += surrogate ? !is_refused(text, (size_t)size)
                       : !is_string(text, (size_t)size, meaning, meaning_size);
  }
  CHECK(wrong == 0);
}

/* A high surrogate before every other code unit. */
static void test_every_second_half(void) {
  unsigned wrong = 0;
  for (uint32_t unit = 0; unit <= 0xffff; unit++) {
    char text[20];
    snprintf(text, sizeof text, "\"\\udbff\\u%04x\"", unit);
    bool low = unit >= 0xdc00 && unit <= 0xdfff;
    wrong += is_refused(text, 14) == low;
  }
  CHECK(wrong == 0);
}

static void check_printed(const char *bytes, size_t size, const char *text) {
  struct buffer buffer = {0};
  char *exact = copy(bytes, size);
  buffer_append(&buffer, "[", 1);
  CHECK_CASE(json_print_string(&buffer, exact, size), text);
  CHECK_CASE(buffer.size == 1 + strlen(text), text);
  CHECK_CASE(memcmp(buffer.bytes + 1, text, strlen(text)) == 0, text);
  buffer_free(&buffer);
  free(exact);
}

static void test_printed_strings(void) {
  check_printed("", 0, "\"\"");
  check_printed("hello", 5, "\"hello\"");
  check_printed("a\0b", 3, "\"a\\u0000b\"");
  check_printed("\"\\/\b\f\n\r\t", 8, "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
  check_printed("\x01\x1f\x7f", 3, "\"\\u0001\\u001f\x7f\"");
  check_printed("\xe2\x82\xac\xe2\x80\xa8", 6, "\"\xe2\x82\xac\xe2\x80\xa8\"");
  check_printed("0123456789\n0123456789", 21, "\"0123456789\\n0123456789\"");
  struct buffer buffer = {0};
  CHECK(json_print_string(&buffer, NULL, 0) && buffer.size == 2);
  buffer_free(&buffer);
}

static void test_unprintable_strings(void) {
  static const char *const texts[] = {"\xff", "abc\x80", "\xed\xa0\x80",
                                      "0123456789\n\xe2\x82"};
  struct buffer buffer = {0};
  buffer_append(&buffer, "[", 1);
  for (size_t i = 0; i < COUNT(texts); i++) {
    CHECK(!json_print_string(&buffer, texts[i], strlen(texts[i])));
    CHECK(buffer.size == 1 && !buffer.failed);
  }
  buffer_free(&buffer);
}

/* Random characters, among them many that need an escape, come back. */
static void test_strings_come_back(void) {
  struct buffer buffer = {0};
  for (int round = 0; round < 20000; round++) {
    char bytes[160];
    size_t size = 0;
    for (uint64_t left = next_random() % 40; left > 0; left--) {
      uint32_t code = (uint32_t)(next_random() % 0x110000);
      if (next_random() % 4) code %= 0x80;
      if (code >= 0xd800 && code <= 0xdfff) code = '"';
      size += encode(code, bytes + size);
    }
    buffer_clear(&buffer);
    CHECK(json_print_string(&buffer, bytes, size));
    CHECK(utf8_is_valid(buffer.bytes, buffer.size));
    CHECK(is_string(buffer.bytes, buffer.size, bytes, size));
  }
  buffer_free(&buffer);
}

static void test_words(void) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < COUNT(words); i++) {
    size_t size = strlen(words[i]);
    for (size_t cut = 0; cut <= size; cut++) {
      char *bytes = copy(words[i], cut);
      const char *behind = json_scan_word(bytes, bytes + cut, words[i]);
      CHECK(behind == (cut == size ? bytes + cut : NULL));
      free(bytes);
    }
  }
  const char *text = "nulls";
  CHECK(json_scan_word(text, text + 5, "null") == text + 4);
  CHECK(!json_scan_word(text, text + 5, "true"));
  text = "TRUE";
  CHECK(!json_scan_word(text, text + 4, "true"));
}

static void test_space(void) {
  for (int byte = 0; byte < 256; byte++) {
    char text = (char)byte;
    bool space = byte && strchr(" \t\n\r", byte);
    CHECK((json_skip_space(&text, &text + 1) == &text + 1) == space);
  }
  const char *text = " \t\r\n x ";
  CHECK(json_skip_space(text, text + 7) == text + 5);
  CHECK(json_skip_space(text, text + 3) == text + 3);
  CHECK(json_skip_space(text, text) == text);
}

int main(void) {
  test_strings();
  test_string_ends();
  test_zero_bytes();
  test_every_byte();
  test_every_escape();
  test_every_code_point();
  test_every_second_half();
  test_printed_strings();
  test_unprintable_strings();
  test_strings_come_back();
  test_words();
  test_space();
  buffer_free(&scratch);
  return check_report();
}
