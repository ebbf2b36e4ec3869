/* The load generator measures right and sees what is wrong: its histogram, its
   messages with numbers in them, its frames, its compression. */
#include "bench/load_bytes.h"
#include "bench/load_frame.h"
#include "bench/load_histogram.h"
#include "bench/load_packing.h"
#include "bench/load_template.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static void test_exact_below_256(void) {
  struct histogram *histogram = calloc(1, sizeof *histogram);
  for (uint64_t i = 1; i <= 200; i++)
    histogram_record(histogram, i);
  CHECK(histogram->count == 200);
  CHECK(histogram->max == 200);
  CHECK(histogram_at(histogram, 0.005) == 1);
  CHECK(histogram_at(histogram, 0.5) == 100);
  CHECK(histogram_at(histogram, 0.99) == 198);
  CHECK(histogram_at(histogram, 1) == 200);
  free(histogram);
}

/* Of any value, the bucket says no less and at most 1/128 more. */
static void test_precision(void) {
  struct histogram *histogram = malloc(sizeof *histogram);
  uint64_t value = 1;
  for (unsigned i = 0; i < 3000; i++) {
    char label[32];
    snprintf(label, sizeof label, "%llu", (unsigned long long)value);
    memset(histogram, 0, sizeof *histogram);
    histogram_record(histogram, value);
    histogram_record(histogram, UINT64_MAX);
    uint64_t told = histogram_at(histogram, 0.5);
    CHECK_CASE(told >= value, label);
    CHECK_CASE(told - value <= value / 128, label);
    value += value / 70 + 1;
  }
  CHECK(value > (uint64_t)1 << 50);
  CHECK(histogram_at(histogram, 1) == UINT64_MAX);
  free(histogram);
}

/* The median of a thousand quick ones and one slow one is quick, and the slow
   one is not lost. */
static void test_tail(void) {
  struct histogram *histogram = calloc(1, sizeof *histogram);
  CHECK(histogram_at(histogram, 0.5) == 0);
  for (unsigned i = 0; i < 999; i++)
    histogram_record(histogram, 100);
  histogram_record(histogram, 5000000);
  CHECK(histogram_at(histogram, 0.5) == 100);
  CHECK(histogram_at(histogram, 0.999) == 100);
  CHECK(histogram_at(histogram, 0.9999) == 5000000);
  free(histogram);
}

static bool matches(const struct template *template, const char *text) {
  return template_matches(template, text, strlen(text), 7, 12);
}

static void test_template(void) {
  struct template template;
  char text[64];
  template_open(&template, "[\"you\",\"@: #\",#]");
  const char *right = "[\"you\",\"100012: 100007\",100007]";
  CHECK(template.size == strlen(right));
  template_write(&template, text, 7, 12);
  CHECK(memcmp(text, right, template.size) == 0);
  CHECK(matches(&template, right));
  CHECK(!matches(&template, "[\"you\",\"100012: 100007\",100008]"));
  CHECK(!matches(&template, "[\"you\",\"100013: 100007\",100007]"));
  CHECK(!matches(&template, "[\"You\",\"100012: 100007\",100007]"));
  CHECK(!matches(&template, "[\"you\",\"100012: 100007\",100007 "));
  CHECK(!matches(&template, "[\"you\",\"100012: 100007\",100007"));
  CHECK(!matches(&template, "[\"you\",\"100012: 100007\",100007]]"));
  CHECK(!matches(&template, ""));
  template_close(&template);
}

/* What a client writes, with the mask taken off, is what a server writes. */
static void test_frame(size_t size) {
  static const char mask[4] = {1, (char)0xfe, 3, 0};
  static const size_t heads[] = {2, 4, 10};
  char label[32];
  snprintf(label, sizeof label, "%zu", size);
  char *bytes = calloc(1, FRAME_HEAD + size);
  size_t head = frame_write_head(bytes, FRAME_TEXT, false, size, mask);
  size_t bare = heads[(size >= 126) + (size >= 65536)];
  CHECK_CASE(head == bare + 4, label);
  CHECK_CASE(memcmp(bytes + bare, mask, 4) == 0, label);
  bytes[1] = (char)(bytes[1] & 0x7f);
  memmove(bytes + bare, bytes + head, size);

  struct frame frame;
  CHECK_CASE(frame_read(bytes, bare + size, &frame) == bare + size, label);
  CHECK_CASE(frame.kind == FRAME_TEXT && !frame.is_compressed, label);
  CHECK_CASE(frame.size == size && frame.bytes == bytes + bare, label);
  for (size_t i = 0; i < bare + size; i += i < 12 ? 1 : 997) {
    CHECK_CASE(frame_read(bytes, i, &frame) == 0, label);
  }
  free(bytes);
}

static void test_mask(void) {
  char text[] = "masked";
  frame_mask(text, 6, "\1\2\3\4");
  CHECK(memcmp(text, "lcpodf", 6) == 0);
}

static void test_packing(void) {
  struct packing *packing = packing_new();
  struct bytes packed = {0};
  struct bytes plain = {0};
  char text[50000];
  for (size_t i = 0; i < sizeof text; i++)
    text[i] = (char)(i * i >> 7);
  /* Twice: nothing of the first may be left in the second. */
  for (unsigned i = 0; i < 2; i++) {
    packed.size = plain.size = 0;
    packing_deflate(packing, text, sizeof text, &packed);
    CHECK(packed.size > 0 && packed.size < sizeof text);
    packing_inflate(packing, packed.data, packed.size, &plain);
    CHECK(plain.size == sizeof text);
    CHECK(memcmp(plain.data, text, sizeof text) == 0);
  }
  packed.size = 0;
  packing_deflate(packing, "Hello", 5, &packed);
  /* RFC 7692, section 7.2.3.1 */
  CHECK(packed.size == 7 &&
        memcmp(packed.data, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7) == 0);
  bytes_free(&packed);
  bytes_free(&plain);
  packing_free(packing);
}

int main(void) {
  test_exact_below_256();
  test_precision();
  test_tail();
  test_template();
  test_frame(0);
  test_frame(125);
  test_frame(126);
  test_frame(65535);
  test_frame(65536);
  test_mask();
  test_packing();
  return check_report();
}
