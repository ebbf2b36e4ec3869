/*
** Linked into base-failing, in the place of the allocations that core/ makes,
** for Lua, too (those of libraries stay as they are): lets the next ones
** succeed and then some fail, as a file says that the spec writes while the
** server runs. Its name is in BASE_FAILING; it holds struct steering.
*/
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct steering {
  _Atomic int64_t succeed; /* so many more do, and then */
  _Atomic int64_t fail;    /* so many do not */
  _Atomic int64_t failed;  /* so many did not, until now */
};

static struct steering *steering;

__attribute__((constructor)) static void open_steering(void) {
  const char *path = getenv("BASE_FAILING");
  int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (descriptor < 0) return;
  void *memory = mmap(NULL, sizeof *steering, PROT_READ | PROT_WRITE,
                      MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (memory != MAP_FAILED) steering = memory;
}

/* What the spec writes meanwhile is not written over. */
static bool take_one(_Atomic int64_t *count) {
  int64_t left = atomic_load(count);
  while (left > 0 && !atomic_compare_exchange_weak(count, &left, left - 1))
    continue;
  return left > 0;
}

static bool fails(void) {
  if (!steering || atomic_load(&steering->fail) == 0 ||
      take_one(&steering->succeed) || !take_one(&steering->fail))
    return false;
  atomic_fetch_add(&steering->failed, 1);
  return true;
}

/* The names that the linker's --wrap asks for. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *bytes, size_t size);
char *__real_strdup(const char *text);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *bytes, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *bytes, size_t size) {
  return fails() ? NULL : __real_realloc(bytes, size);
}

char *__wrap_strdup(const char *text) {
  return fails() ? NULL : __real_strdup(text);
}
