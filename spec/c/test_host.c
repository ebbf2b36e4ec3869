/*
** Which hosts may be asked for on a loopback address.
*/
#include "check.h"
#include "lib/address.h"
#include "model/config.h"
#include "net/peer/host.h"

static const struct {
  const char *host;
  bool is_named;
} rows[] = {
    {"localhost", true},
    {"LocalHost:9000", true},
    {"localhost.:80", true},
    {"a.b.localhost", true},
    {"127.0.0.1:9000", true},
    {"127.255.0.3", true},
    {"[::1]:9000", true},
    {"[0:0:0:0:0:0:0:1]", true},
    {"[::ffff:127.0.0.1]", true},
    {"", false},
    {":9000", false},
    {".localhost", false},
    {"xlocalhost", false},
    {"localhost.x", false},
    {"localhost..", false},
    {"localhost:9000x", false},
    {"127.0.0.1.x", false},
    {"127.1", false},
    {"126.0.0.1", false},
    {"0.0.0.0", false},
    {"[::]", false},
    {"[::2]", false},
    {"[::1", false},
    {"[::ffff:128.0.0.1]", false},
    {"::1", false},
    {"shop.example", true},
    {"SHOP.example:9000", true},
    {"a.shop.example", false},
    {"a.test:80", true},
    {"test", false},
    {"[2001:db8::1]:9000", true},
    {"page.example", true},
    {"page.example:1", true},
    {"x.pages.example", true},
    {"main", false},
    {"null", false},
    {"anything.else", false},
};

static void test_named(void) {
  static const char *const hosts[] = {"shop.example", "*.test",
                                      "[2001:db8::1]"};
  static const char *const origins[] = {"https://page.example:8443",
                                        "http://*.pages.example", "null", "*",
                                        "app://main"};
  struct config config = {0};
  for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
    string_list_add(&config.hosts, hosts[i]);
  for (size_t i = 0; i < sizeof origins / sizeof *origins; i++)
    origins_add(&config.origins, origins[i]);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    CHECK_CASE(host_is_named(&config, text_of(rows[i].host)) ==
                   rows[i].is_named,
               rows[i].host);
  config_close(&config);
}

static void test_loopback(void) {
  static const struct {
    const char *text;
    bool is;
  } addresses[] = {{"127.0.0.1", true},  {"127.9.9.9", true}, {"::1", true},
                   {"128.0.0.1", false}, {"::", false},       {"::2", false},
                   {"fe80::1", false},   {"7f::1", false}};
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
    struct address address;
    CHECK(address_scan(&address, text_of(addresses[i].text)));
    CHECK_CASE(address_is_loopback(&address) == addresses[i].is,
               addresses[i].text);
  }
  struct address none = {.is_unix = true};
  CHECK(!address_is_loopback(&none));
}

int main(void) {
  test_named();
  test_loopback();
  return check_report();
}
