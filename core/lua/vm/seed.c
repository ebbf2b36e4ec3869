#include "lua/vm/seed.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>
#ifdef BASE_SANITIZE
#include <sanitizer/lsan_interface.h>
#endif

enum {
  ALIGNMENT = 16,
  STACK_PLACES = 1 << 12 /* 64 KiB */
};

static const size_t most_reserved = (size_t)1 << 40;  /* 2^36 places */
static const size_t least_reserved = (size_t)1 << 20; /* where the system allows
                                                         no more */

/* Reserves addresses without memory behind them; fewer where a limit of the
   system requires it. */
static char *reserve_addresses(size_t *size) {
  for (*size = most_reserved; *size >= least_reserved; *size /= 2) {
    void *pages = mmap(NULL, *size, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages != MAP_FAILED) return pages;
  }
  return NULL;
}

static size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

/* Releases the reserved addresses except the pages of the block at `place`,
   which get memory. */
static bool settle_block(struct seeded *seeded, char *reserved,
                         size_t reserved_size, size_t place, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t begin = place / page * page;
  size_t end = round_up(place + size, page);
  if (begin > 0) munmap(reserved, begin);
  if (end < reserved_size) munmap(reserved + end, reserved_size - end);
  seeded->pages = reserved + begin;
  seeded->size = end - begin;
  seeded->block = reserved + place;
  if (mprotect(seeded->pages, seeded->size, PROT_READ | PROT_WRITE) == 0)
    return true;
  munmap(seeded->pages, seeded->size);
  seeded->block = NULL;
  return false;
}

/* The leak check has to know these pages: it finds all that Lua holds through
   the state, and they did not come from malloc. */
static void tell_sanitizer(const struct seeded *seeded, bool are_there) {
#ifdef BASE_SANITIZE
  if (are_there)
    __lsan_register_root_region(seeded->pages, seeded->size);
  else
    __lsan_unregister_root_region(seeded->pages, seeded->size);
#else
  (void)seeded;
  (void)are_there;
#endif
}

/* A random number below `places`; 0 where the system has no randomness. */
static size_t draw_place(size_t places) {
  uint64_t random;
  if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) return 0;
  return (size_t)(random % places);
}

/* Puts the block at a random place, or returns NULL. */
static void *scatter_block(struct seeded *seeded, size_t size) {
  size_t reserved_size;
  char *reserved = reserve_addresses(&reserved_size);
  if (!reserved) return NULL;
  size_t place = draw_place((reserved_size - size) / ALIGNMENT) * ALIGNMENT;
  if (!settle_block(seeded, reserved, reserved_size, place, size)) return NULL;
  tell_sanitizer(seeded, true);
  return seeded->block;
}

static void give_back_pages(struct seeded *seeded) {
  tell_sanitizer(seeded, false);
  munmap(seeded->pages, seeded->size);
  seeded->block = NULL;
}

/* For a new object Lua passes its type as old_size; the first thread that it
   makes is the state. */
static void *allocate_seeded(void *context, void *block, size_t old_size,
                             size_t size) {
  struct seeded *seeded = context;
  if (size == 0) {
    if (block && block == seeded->block)
      give_back_pages(seeded);
    else
      free(block);
    return NULL;
  }
  if (!block && old_size == LUA_TTHREAD && !seeded->block) {
    void *state = scatter_block(seeded, size);
    if (state) return state;
  }
  return realloc(block, size);
}

/* As in lauxlib. It would be a mistake of our own, since every way into Lua is
   protected. */
static int on_panic(lua_State *L) {
  const char *text = lua_tostring(L, -1);
  fprintf(stderr, "PANIC: unprotected error in call to Lua API (%s)\n",
          text ? text : "error object is not a string");
  return 0; /* Lua then calls abort */
}

/* As in lauxlib, for `warn`. */
static void on_warning(void *context, const char *text, int continues) {
  struct seeded *seeded = context;
  if (!seeded->is_continued && !continues && *text == '@') {
    if (strcmp(text, "@on") == 0) seeded->is_warning = true;
    if (strcmp(text, "@off") == 0) seeded->is_warning = false;
    return;
  }
  if (seeded->is_warning)
    fprintf(stderr, "%s%s%s", seeded->is_continued ? "" : "Lua warning: ", text,
            continues ? "" : "\n");
  seeded->is_continued = continues;
}

/* Calls lua_newstate `distance` bytes further down the stack. */
__attribute__((noinline)) static lua_State *new_below(struct seeded *seeded,
                                                      size_t distance) {
  char between[distance];
  char *volatile kept =
      between; /* keeps the compiler from removing `between` */
  lua_State *L = lua_newstate(allocate_seeded, seeded);
  *kept = 0;
  return L;
}

lua_State *seeded_new(struct seeded *seeded) {
  *seeded = (struct seeded){0};
  lua_State *L = new_below(seeded, (1 + draw_place(STACK_PLACES)) * ALIGNMENT);
  if (!L) return NULL;
  lua_atpanic(L, on_panic);
  lua_setwarnf(L, on_warning, seeded);
  return L;
}

void seeded_close(struct seeded *seeded, lua_State *L) {
  lua_setallocf(L, allocate_seeded, seeded);
  lua_close(L);
}
