#include "model/quota.h"

#include "lib/address.h"
#include "model/config.h"
#include "model/connection.h"
#include "model/head.h"
#include "model/registry.h"
#include "model/user.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Parts of limits.memory: no single user or address may use all of it, whatever
   the other limits are. */
enum { PART_OF_USER = 16, PART_OF_ADDRESS = 4 };

static bool has_key(const void *value, const void *key) {
  const struct quota *quota = value;
  const struct text *text = key;
  return text_equals((struct text){quota->key, quota->size}, *text);
}

void quotas_open(struct quotas *quotas, uint64_t seed) {
  *quotas = (struct quotas){.seed = seed};
  quotas->users.has_key = quotas->addresses.has_key = has_key;
}

static void free_all(struct map *map) {
  size_t cursor = 0;
  struct quota *quota;
  while ((quota = map_next(map, &cursor)))
    free(quota);
  map_close(map);
}

void quotas_close(struct quotas *quotas) {
  free_all(&quotas->users);
  free_all(&quotas->addresses);
}

/* --- a quota --- */

static struct quota *get_quota(const struct quotas *quotas, struct map *home,
                               struct text key) {
  uint64_t hash = map_hash_bytes(key.bytes, key.size, quotas->seed);
  struct quota *quota = map_find(home, hash, &key);
  if (!quota) {
    quota = calloc(1, sizeof *quota + key.size);
    if (!quota) return NULL;
    quota->home = home;
    quota->hash = hash;
    quota->size = (uint8_t)key.size;
    memcpy(quota->key, key.bytes, key.size);
    if (!map_add(home, hash, quota)) {
      free(quota);
      return NULL;
    }
  }
  quota->references++;
  return quota;
}

struct quota *quota_of_address(struct quotas *quotas, const char *address) {
  struct address place = {.is_unix = true};
  (void)address_scan(&place, text_of(address));
  place = address_household(&place);
  char key[ADDRESS_SIZE + 1];
  memcpy(key, place.bytes, ADDRESS_SIZE);
  key[ADDRESS_SIZE] = (char)place.is_unix;
  return get_quota(quotas, &quotas->addresses, (struct text){key, sizeof key});
}

static void ref_quota(struct quota *quota) {
  if (quota) quota->references++;
}

void quota_unref(struct quota *quota) {
  if (!quota || --quota->references > 0) return;
  map_remove(quota->home, quota->hash, quota);
  free(quota);
}

/* Looked up once and kept, because every message needs both. */
static struct quota *of_user(const struct connection *connection) {
  struct user *user = connection->user;
  struct quotas *quotas = &connection->registry->quotas;
  if (user && !user->quota)
    user->quota = get_quota(quotas, &quotas->users, user_id_text(user));
  return user ? user->quota : NULL;
}

static struct quota *of_address(struct connection *connection) {
  if (!connection->quota)
    connection->quota = quota_of_address(&connection->registry->quotas,
                                         connection->head->address);
  return connection->quota;
}

/* --- slow readers --- */

/* How many full outboxes a user or an address may have. */
enum { SLOW_OF_USER = 16, SLOW_OF_ADDRESS = 256 };

static bool is_slow(const struct quota *quota, uint64_t most,
                    uint64_t queue_size) {
  return quota && queue_size > 0 && quota->bytes[KEPT_OUT] / most >= queue_size;
}

static uint64_t queue_size(const struct connection *connection) {
  return connection->registry->config->limits.queue_size;
}

static bool is_user_slow(const struct connection *connection) {
  const struct user *user = connection->user;
  return user && is_slow(user->quota, SLOW_OF_USER, queue_size(connection));
}

static bool is_address_slow(const struct connection *connection) {
  return is_slow(connection->quota, SLOW_OF_ADDRESS, queue_size(connection));
}

bool quota_is_slow(const struct connection *connection) {
  return is_user_slow(connection) || is_address_slow(connection);
}

/* A connection at a slow address that has no output waiting is still served:
   its messages may be what ends the slow connections. */
static enum quota_limit check_output(const struct connection *connection) {
  if (is_user_slow(connection)) return QUOTA_OF_USER;
  if (connection->output.bytes > 0 && is_address_slow(connection))
    return QUOTA_OF_ADDRESS;
  return QUOTA_FITS;
}

/* --- limits --- */

static bool fits_quota(const struct quota *quota, uint64_t limit,
                       uint64_t part_of_memory, uint64_t bytes) {
  if (limit == 0 || !quota || quota->bytes[KEPT_IN] == 0) return true;
  if (part_of_memory > 0 && part_of_memory < limit) limit = part_of_memory;
  return quota->bytes[KEPT_IN] <= limit &&
         bytes <= limit - quota->bytes[KEPT_IN];
}

enum quota_limit quota_check_address(const struct quota *address,
                                     const struct limits *limits,
                                     uint64_t bytes) {
  bool is_fine = fits_quota(address, limits->waiting_per_address,
                            limits->memory / PART_OF_ADDRESS, bytes);
  return is_fine ? QUOTA_FITS : QUOTA_OF_ADDRESS;
}

enum quota_limit quota_check(struct connection *connection, uint64_t bytes) {
  const struct limits *limits = &connection->registry->config->limits;
  enum quota_limit passed = check_output(connection);
  if (passed != QUOTA_FITS) return passed;
  if (!fits_quota(of_user(connection), limits->waiting_per_user,
                  limits->memory / PART_OF_USER, bytes))
    return QUOTA_OF_USER;
  return quota_check_address(of_address(connection), limits, bytes);
}

/* --- a charge --- */

static void add_charge(struct quota *quota, const struct charge *charge) {
  if (quota) quota->bytes[charge->kind] += charge->bytes;
}

static void subtract_charge(struct quota *quota, const struct charge *charge) {
  if (!quota) return;
  assert(quota->bytes[charge->kind] >= charge->bytes);
  quota->bytes[charge->kind] -= charge->bytes;
}

static void set_charge(struct charge *charge, struct quota *user,
                       struct quota *address, uint64_t bytes) {
  struct charge before = *charge;
  ref_quota(user);
  ref_quota(address);
  *charge = (struct charge){user, address, bytes, before.kind};
  add_charge(user, charge);
  add_charge(address, charge);
  subtract_charge(before.user, &before);
  subtract_charge(before.address, &before);
  quota_unref(before.user);
  quota_unref(before.address);
}

void charge_connection(struct charge *charge, struct connection *connection,
                       uint64_t bytes) {
  if (bytes == 0)
    charge_end(charge);
  else
    set_charge(charge, of_user(connection), of_address(connection), bytes);
}

void charge_address(struct charge *charge, struct quota *address,
                    uint64_t bytes) {
  set_charge(charge, NULL, address, bytes);
}

void charge_end(struct charge *charge) {
  set_charge(charge, NULL, NULL, 0);
}
