/*
** Whose pages may connect.
*/
#include "check.h"
#include "model/config.h"
#include "net/peer/origin.h"

#include <string.h>

/* Without `origins`: pages of the same host name. */
static const struct {
  const char *origin;
  const char *host;
  bool passes;
} by_host[] = {
    {"https://shop.example", "shop.example", true},
    {"http://shop.example", "shop.example", true},
    {"http://shop.example:3000", "shop.example:9000", true},
    {"https://SHOP.example", "shop.EXAMPLE:443", true},
    {"http://localhost:8080", "localhost:9000", true},
    {"http://127.0.0.1", "127.0.0.1:9000", true},
    {"http://[::1]:8080", "[::1]:9000", true},
    {"http://[::1]", "[::2]", false},
    {"http://[::1]", "[::1", false},
    {"https://evil.example", "shop.example", false},
    {"https://www.shop.example", "shop.example", false},
    {"https://shop.example", "www.shop.example", false},
    {"https://shop.example.evil.example", "shop.example", false},
    {"https://evilshop.example", "shop.example", false},
    {"https://shop.example@evil.example", "shop.example", false},
    {"https://evil.example/shop.example", "shop.example", false},
    {"https://evil.example#://shop.example", "shop.example", false},
    {"https://shop.example:x", "shop.example", false},
    {"shop.example", "shop.example", false},
    {"://shop.example", "shop.example", false},
    {"null", "shop.example", false},
    {"null", "null", false},
    {"file://", "", false},
    {"", "", false},
    {"", "shop.example", false},
    {"https://", "shop.example", false},
    {"https://shop.example", "", false},
};

static void test_by_host(void) {
  struct config config = {0};
  for (size_t i = 0; i < sizeof by_host / sizeof *by_host; i++) {
    CHECK_CASE(origin_is_allowed(&config, text_of(by_host[i].origin),
                                 text_of(by_host[i].host)) == by_host[i].passes,
               by_host[i].origin);
  }
}

/* With `origins`: what is listed, and nothing else. */
static const struct {
  const char *listed;
  const char *origin;
  bool passes;
} by_list[] = {
    {"https://example.com", "https://example.com", true},
    {"https://example.com", "https://example.com:443", true},
    {"https://example.com:443", "https://example.com", true},
    {"http://example.com:80", "http://example.com", true},
    {"HTTPS://Example.COM", "https://example.com", true},
    {"https://example.com:8443", "https://example.com:8443", true},
    {"http://[::1]:80", "http://[::1]", true},
    {"https://example.com", "http://example.com", false},
    {"https://example.com", "https://example.com:8443", false},
    {"https://example.com:80", "https://example.com", false},
    {"http://example.com:443", "http://example.com", false},
    {"https://example.com", "https://www.example.com", false},
    {"https://example.com", "https://example.com.evil.example", false},
    {"https://example.com", "https://example.co", false},
    {"https://example.com", "null", false},
    {"https://example.com", "", false},
    {"https://*.example.com", "https://a.example.com", true},
    {"https://*.example.com", "https://A.b.C.Example.com", true},
    {"https://*.example.com", "https://a.example.com:443", true},
    {"https://*.example.com", "https://example.com", false},
    {"https://*.example.com", "https://.example.com", false},
    {"https://*.example.com", "https://aexample.com", false},
    {"https://*.example.com", "https://evil.example/.example.com", false},
    {"https://*.example.com", "https://evil.example?.example.com", false},
    {"https://*.example.com", "https://evil\\.example.com", false},
    {"https://*.example.com", "https://a.example.com.evil.example", false},
    {"https://*.example.com", "http://a.example.com", false},
    {"https://*.example.com", "https://a.example.com:8443", false},
    {"https://*.example.com:8443", "https://a.example.com:8443", true},
    {"*", "https://anything.example", true},
    {"*", "null", true},
    {"null", "null", true},
    {"null", "https://null", false},
    {"null", "", false},
    {"file://", "file://", true},
    {"file://", "FILE://", true},
    {"file://", "file://x", false},
    {"file://", "file:///", false},
    {"file://", "files://", false},
    {"file://", "null", false},
    {"null", "file://", false},
    {"app://-", "app://-", true},
    {"app://-", "app://--", false},
    {"chrome-extension://abc", "chrome-extension://abc", true},
    {"chrome-extension://abc", "chrome-extension://abcd", false},
    {"chrome-extension://abc", "moz-extension://abc", false},
    {"capacitor://localhost", "http://localhost", false},
    {"app://a:b", "app://a:b", true},
    {"app://a:b", "app://a", false},
    {"app://main", "app://main", true},
    {"app://main", "app://other", false},
    {"nonsense", "nonsense", false},
};

static void test_by_list(void) {
  for (size_t i = 0; i < sizeof by_list / sizeof *by_list; i++) {
    struct config config = {.has_origins = true};
    origins_add(&config.origins, "https://somebody.else.example");
    origins_add(&config.origins, by_list[i].listed);
    CHECK_CASE(origin_is_allowed(&config, text_of(by_list[i].origin),
                                 text_of("example.com")) == by_list[i].passes,
               by_list[i].origin);
    config_close(&config);
  }
}

/* A list takes the place of the rule for one's own host. */
static void test_empty_list(void) {
  struct config config = {.has_origins = true};
  CHECK(!origin_is_allowed(&config, text_of("https://a"), text_of("a")));
}

/* What the log may advise to list: the setting takes each of the first, and
   none of the others is advised. */
static void test_listable(void) {
  static const char *const listable[] = {
      "null",         "https://a.b",   "HTTP://A.b:80", "https://[::1]:8443",
      "http://a_b-c", "file://",       "app://-",       "chrome-ext+x.y://a",
      "app://a:b",    "http://1.2.3.4"};
  static const char *const others[] = {"",
                                       "*",
                                       "https://*.a.b",
                                       "https://a*",
                                       "app://*",
                                       "file:///",
                                       "https://a.b/",
                                       "https://a.b:",
                                       "https://",
                                       "https://a b",
                                       "https://a.b:0",
                                       "https://a.b:080",
                                       "a.b",
                                       "NULL",
                                       "https://a.b.",
                                       "https://.a",
                                       "https://a..b",
                                       "https://[::1",
                                       "https://[a]",
                                       "https://a.b:65536",
                                       "https://\xc3\xa9",
                                       "app://\xc3\xa9",
                                       "app://a\"b",
                                       "app://a\\b",
                                       "a b://c",
                                       "4://x",
                                       "app://a=b",
                                       "https://u@a.b"};
  for (size_t i = 0; i < sizeof listable / sizeof *listable; i++)
    CHECK_CASE(origin_is_plain(text_of(listable[i])), listable[i]);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    CHECK_CASE(!origin_is_plain(text_of(others[i])), others[i]);
}

int main(void) {
  test_by_host();
  test_by_list();
  test_empty_list();
  test_listable();
  return check_report();
}
