/*
** Addresses, networks of them, and what proxies say about them.
*/
#include "check.h"
#include "lib/address.h"
#include "net/peer/forwarded.h"

#include <string.h>

static struct address scanned(const char *text) {
  struct address address = {.is_unix = true};
  if (strcmp(text, "unix") != 0)
    CHECK_CASE(address_scan(&address, text_of(text)), text);
  return address;
}

static const struct {
  const char *text;
  const char *printed; /* NULL: it is none */
} addresses[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::FFFF:c000:201", "192.0.2.1"},
    {"2001:DB8:0::1", "2001:db8::1"},
    {"::", "::"},
    {"0.0.0.0", "0.0.0.0"},
    {"", NULL},
    {"192.0.2", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2.1 ", NULL},
    {"[::1]", NULL},
    {"::1%eth0", NULL},
    {"unix", NULL},
    {"2001:0db8:0000:0000:0000:0000:0000:0000:0000:0001", NULL},
};

static void test_addresses(void) {
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
    struct address address;
    char text[ADDRESS_TEXT_SIZE];
    bool is_one = address_scan(&address, text_of(addresses[i].text));
    CHECK_CASE(is_one == (addresses[i].printed != NULL), addresses[i].text);
    if (!is_one) continue;
    address_print(&address, text);
    CHECK_CASE(strcmp(text, addresses[i].printed) == 0, text);
  }
  struct address address;
  CHECK(!address_scan(&address, (struct text){"::1\0", 4}));
}

static void test_households(void) {
  struct address a = scanned("2001:db8:0:7::1");
  struct address b = scanned("2001:db8:0:7:ffff::2");
  struct address c = scanned("2001:db8:0:8::1");
  a = address_household(&a);
  b = address_household(&b);
  c = address_household(&c);
  CHECK(address_equals(&a, &b) && !address_equals(&a, &c));
  a = scanned("192.0.2.1");
  b = scanned("192.0.2.2");
  c = scanned("::ffff:192.0.2.1");
  a = address_household(&a);
  b = address_household(&b);
  c = address_household(&c);
  CHECK(!address_equals(&a, &b) && address_equals(&a, &c));
}

static const struct {
  const char *network;
  const char *address;
  bool has;
} rows[] = {
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "::ffff:127.0.0.1", true},
    {"127.0.0.1", "127.0.0.2", false},
    {"10.0.0.0/8", "10.255.0.1", true},
    {"10.0.0.0/8", "11.0.0.1", false},
    {"10.1.2.3/8", "10.9.9.9", true},
    {"192.168.1.0/25", "192.168.1.127", true},
    {"192.168.1.0/25", "192.168.1.128", false},
    {"192.168.1.1/32", "192.168.1.1", true},
    {"192.168.1.1/32", "192.168.1.0", false},
    {"0.0.0.0/0", "8.8.8.8", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"::/0", "2001:db8::1", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::1", "::1", true},
    {"::1", "0.0.0.1", false},
    {"unix", "unix", true},
    {"unix", "::", false},
    {"::/0", "unix", false},
    {"::", "unix", false},
    {"nonsense", "::1", false},
};

static void test_networks(void) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct networks list = {0};
    struct address address = scanned(rows[i].address);
    bool is_one = strcmp(rows[i].network, "nonsense") != 0;
    CHECK_CASE(networks_add(&list, rows[i].network) == is_one, rows[i].network);
    CHECK_CASE(networks_have(&list, &address) == rows[i].has, rows[i].address);
    networks_close(&list);
  }
}

static const struct {
  const char *entry;
  const char *address; /* NULL: garbage */
} entries[] = {
    {"1.2.3.4", "1.2.3.4"},
    {"1.2.3.4:80", "1.2.3.4"},
    {"1.2.3.4:65535", "1.2.3.4"},
    {"::1", "::1"},
    {"[::1]", "::1"},
    {"[::1]:80", "::1"},
    {"[2001:db8::1]:443", "2001:db8::1"},
    {"::ffff:1.2.3.4", "1.2.3.4"},
    {"", NULL},
    {"unknown", NULL},
    {"_hidden", NULL},
    {"unix:", NULL},
    {"unix", NULL},
    {"1.2.3.4:", NULL},
    {"1.2.3.4:x", NULL},
    {"1.2.3.4:123456", NULL},
    {"1.2.3.4:80:90", NULL},
    {"[::1", NULL},
    {"[::1]80", NULL},
    {"[::1]:", NULL},
    {"[]", NULL},
    {"[1.2.3.4]", NULL},
    {"[", NULL},
    {"::1]", NULL},
    {"\"1.2.3.4\"", NULL},
    {"1.2.3.4 5.6.7.8", NULL},
};

static void test_entries(void) {
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    struct address address;
    char text[ADDRESS_TEXT_SIZE] = "";
    bool is_one = forwarded_scan(&address, text_of(entries[i].entry));
    CHECK_CASE(is_one == (entries[i].address != NULL), entries[i].entry);
    if (!is_one) continue;
    address_print(&address, text);
    CHECK_CASE(strcmp(text, entries[i].address) == 0, entries[i].entry);
  }
}

/* Trusted are 10.0.0.0/8 and ::1; a bar ends a line. */
static const struct {
  const char *lines;
  const char *client; /* NULL: nobody */
} chains[] = {
    {"1.2.3.4", "1.2.3.4"},
    {"9.9.9.9, 1.2.3.4", "1.2.3.4"},
    {"1.2.3.4, 10.0.0.1", "1.2.3.4"},
    {"9.9.9.9, 1.2.3.4, 10.0.0.1,10.0.0.2", "1.2.3.4"},
    {"1.2.3.4, [::1]:8080", "1.2.3.4"},
    {"10.0.0.1", "10.0.0.1"},
    {"10.0.0.1, 10.0.0.2", "10.0.0.1"},
    {"nonsense, 1.2.3.4", "1.2.3.4"},
    {"1.2.3.4, nonsense", NULL},
    {"1.2.3.4, nonsense, 10.0.0.2, 10.0.0.3", "10.0.0.2"},
    {"1.2.3.4,, 10.0.0.1 ,", "1.2.3.4"},
    {"1.2.3.4|10.0.0.1", "1.2.3.4"},
    {"9.9.9.9|1.2.3.4|10.0.0.1, 10.0.0.2", "1.2.3.4"},
    {"1.2.3.4|unknown", NULL},
    {"", NULL},
    {",", NULL},
    {"|", NULL},
};

static void test_chains(void) {
  struct networks trusted = {0};
  CHECK(networks_add(&trusted, "10.0.0.0/8") && networks_add(&trusted, "::1"));
  for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
    struct forwarded forwarded = {0};
    char text[ADDRESS_TEXT_SIZE] = "";
    const char *at = chains[i].lines;
    for (const char *bar; (bar = strchr(at, '|')); at = bar + 1) {
      forwarded_take(&forwarded, (struct text){at, (size_t)(bar - at)},
                     &trusted);
    }
    forwarded_take(&forwarded, text_of(at), &trusted);
    bool is_right = forwarded.is_known == (chains[i].client != NULL);
    CHECK_CASE(is_right, chains[i].lines);
    if (!forwarded.is_known || !is_right) continue;
    address_print(&forwarded.client, text);
    CHECK_CASE(strcmp(text, chains[i].client) == 0, chains[i].lines);
  }
  networks_close(&trusted);
}

static void test_last(void) {
  CHECK(text_equals(forwarded_last(text_of("http, https ")), text_of("https")));
  CHECK(text_equals(forwarded_last(text_of("https")), text_of("https")));
  CHECK(forwarded_last(text_of("")).size == 0);
  CHECK(text_equals(forwarded_last(text_of("https, ")), text_of("https")));
  CHECK(forwarded_last(text_of(" , ,")).size == 0);
}

int main(void) {
  test_addresses();
  test_households();
  test_networks();
  test_entries();
  test_chains();
  test_last();
  return check_report();
}
