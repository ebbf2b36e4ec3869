/*
** Which requests show a key of the API.
*/
#include "check.h"
#include "model/api_key.h"
#include "model/config.h"
#include "model/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef"

static const struct {
  const char *fields;
  bool is_shown;
} rows[] = {
    {"", false},
    {"Authorization: Bearer " KEY "\r\n", true},
    {"authorization:\tbearer   " KEY " \r\n", true},
    {"Authorization: Bearer another-key-of-ours\r\n", true},
    {"A: b\r\nAUTHORIZATION: BEARER " KEY "\r\n", true},
    {"Authorization: Bearer " KEY "0\r\n", false},
    {"Authorization: Bearer 0123456789abcde\r\n", false},
    {"Authorization: Bearer 0123456789ABCDEF\r\n", false},
    {"Authorization: Bearer\r\n", false},
    {"Authorization: Bearer \r\n", false},
    {"Authorization:\r\n", false},
    {"Authorization: " KEY "\r\n", false},
    {"Authorization: Basic " KEY "\r\n", false},
    {"Authorization: Bearer" KEY "\r\n", false},
    {"Authorization: Bearer\t" KEY "\r\n", false},
    {"Authorization: Bearer x " KEY "\r\n", false},
    {"X-Authorization: Bearer " KEY "\r\n", false},
    {"Authorization: Bearer " KEY "\r\nAuthorization: x\r\n", false},
    {"Authorization: x\r\nAuthorization: Bearer " KEY "\r\n", false},
    {"Authorization:\r\nAuthorization: Bearer " KEY "\r\n", false},
};

static bool is_shown(const char *fields, const struct string_list *keys) {
  char text[512];
  int size = snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n",
                      fields);
  struct head *head = head_new(text, (size_t)size);
  bool is = api_key_is_shown(head, keys);
  free(head);
  return is;
}

int main(void) {
  struct config config = {0};
  CHECK(!is_shown(rows[1].fields, &config.api_keys));
  string_list_add(&config.api_keys, "another-key-of-ours");
  string_list_add(&config.api_keys, KEY);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    CHECK_CASE(is_shown(rows[i].fields, &config.api_keys) == rows[i].is_shown,
               rows[i].fields);
  config_close(&config);
  return check_report();
}
