#include "model/account.h"

#include "lib/address.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/registry.h"
#include "model/user.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Parts of limits.memory: whatever the other limits say, it takes many to use
   it up. */
enum { PART_OF_USER = 16, PART_OF_ADDRESS = 4 };

static bool has_key(const void *value, const void *key) {
  const struct account *account = value;
  const struct text *text = key;
  return text_equals((struct text){account->key, account->size}, *text);
}

void accounts_open(struct accounts *accounts, uint64_t seed) {
  *accounts = (struct accounts){.seed = seed};
  accounts->users.has_key = accounts->addresses.has_key = has_key;
}

static void free_all(struct map *map) {
  size_t cursor = 0;
  struct account *account;
  while ((account = map_next(map, &cursor)))
    free(account);
  map_close(map);
}

void accounts_close(struct accounts *accounts) {
  free_all(&accounts->users);
  free_all(&accounts->addresses);
}

/* --- an account --- */

static struct account *get(const struct accounts *accounts, struct map *home,
                           struct text key) {
  uint64_t hash = map_hash_bytes(key.bytes, key.size, accounts->seed);
  struct account *account = map_find(home, hash, &key);
  if (!account) {
    account = calloc(1, sizeof *account + key.size);
    if (!account) return NULL;
    account->home = home;
    account->hash = hash;
    account->size = (uint8_t)key.size;
    memcpy(account->key, key.bytes, key.size);
    if (!map_add(home, hash, account)) {
      free(account);
      return NULL;
    }
  }
  account->references++;
  return account;
}

struct account *account_of_address(struct accounts *accounts,
                                   const char *address) {
  struct address place = {.is_unix = true};
  (void)address_scan(&place, text_of(address));
  place = address_household(&place);
  char key[ADDRESS_SIZE + 1];
  memcpy(key, place.bytes, ADDRESS_SIZE);
  key[ADDRESS_SIZE] = (char)place.is_unix;
  return get(accounts, &accounts->addresses, (struct text){key, sizeof key});
}

static void ref(struct account *account) {
  if (account) account->references++;
}

void account_unref(struct account *account) {
  if (!account || --account->references > 0) return;
  map_remove(account->home, account->hash, account);
  free(account);
}

/* Both are asked for once, and kept: with each message they are needed. */
static struct account *of_user(const struct connection *connection) {
  struct user *user = connection->user;
  struct accounts *accounts = &connection->registry->accounts;
  if (user && !user->account)
    user->account =
        get(accounts, &accounts->users, (struct text){user->id, user->id_size});
  return user ? user->account : NULL;
}

static struct account *of_address(struct connection *connection) {
  if (!connection->account)
    connection->account = account_of_address(&connection->registry->accounts,
                                             connection->head->address);
  return connection->account;
}

/* --- who does not read --- */

/* A user's, or an address's, may be as many that are full. */
enum { SLOW_OF_USER = 16, SLOW_OF_ADDRESS = 256 };

static bool is_slow(const struct account *account, uint64_t most,
                    uint64_t queue_size) {
  return account && queue_size > 0 &&
         account->bytes[KEPT_OUT] / most >= queue_size;
}

static uint64_t queue_size(const struct connection *connection) {
  return connection->registry->config->limits.queue_size;
}

static bool is_user_slow(const struct connection *connection) {
  const struct user *user = connection->user;
  return user && is_slow(user->account, SLOW_OF_USER, queue_size(connection));
}

static bool is_address_slow(const struct connection *connection) {
  return is_slow(connection->account, SLOW_OF_ADDRESS, queue_size(connection));
}

bool account_is_slow(const struct connection *connection) {
  return is_user_slow(connection) || is_address_slow(connection);
}

/* Those who share an address with slow readers, and read, are still served:
   what they send may be what ends the slow ones. */
static enum account_limit check_output(const struct connection *connection) {
  if (is_user_slow(connection)) return ACCOUNT_OF_USER;
  if (connection->output.bytes > 0 && is_address_slow(connection))
    return ACCOUNT_OF_ADDRESS;
  return ACCOUNT_FITS;
}

/* --- limits --- */

static bool fits(const struct account *account, uint64_t limit,
                 uint64_t part_of_memory, uint64_t bytes) {
  if (limit == 0 || !account || account->bytes[KEPT_IN] == 0) return true;
  if (part_of_memory > 0 && part_of_memory < limit) limit = part_of_memory;
  return account->bytes[KEPT_IN] <= limit &&
         bytes <= limit - account->bytes[KEPT_IN];
}

enum account_limit account_check_address(const struct account *address,
                                         const struct limits *limits,
                                         uint64_t bytes) {
  bool is_fine = fits(address, limits->waiting_per_address,
                      limits->memory / PART_OF_ADDRESS, bytes);
  return is_fine ? ACCOUNT_FITS : ACCOUNT_OF_ADDRESS;
}

enum account_limit account_check(struct connection *connection,
                                 uint64_t bytes) {
  const struct limits *limits = &connection->registry->config->limits;
  enum account_limit passed = check_output(connection);
  if (passed != ACCOUNT_FITS) return passed;
  if (!fits(of_user(connection), limits->waiting_per_user,
            limits->memory / PART_OF_USER, bytes))
    return ACCOUNT_OF_USER;
  return account_check_address(of_address(connection), limits, bytes);
}

/* --- a charge --- */

static void add(struct account *account, const struct charge *charge) {
  if (account) account->bytes[charge->kind] += charge->bytes;
}

static void subtract(struct account *account, const struct charge *charge) {
  if (!account) return;
  assert(account->bytes[charge->kind] >= charge->bytes);
  account->bytes[charge->kind] -= charge->bytes;
}

static void set(struct charge *charge, struct account *user,
                struct account *address, uint64_t bytes) {
  struct charge before = *charge;
  ref(user);
  ref(address);
  *charge = (struct charge){user, address, bytes, before.kind};
  add(user, charge);
  add(address, charge);
  subtract(before.user, &before);
  subtract(before.address, &before);
  account_unref(before.user);
  account_unref(before.address);
}

void charge_connection(struct charge *charge, struct connection *connection,
                       uint64_t bytes) {
  if (bytes == 0)
    charge_end(charge);
  else
    set(charge, of_user(connection), of_address(connection), bytes);
}

void charge_address(struct charge *charge, struct account *address,
                    uint64_t bytes) {
  set(charge, NULL, address, bytes);
}

void charge_end(struct charge *charge) {
  set(charge, NULL, NULL, 0);
}
