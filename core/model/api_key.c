#include "model/api_key.h"

#include "lib/secret.h"
#include "model/config.h"
#include "model/head.h"

/* Removes "Bearer" and the spaces after it. False when the value does not begin
   with that. */
static bool cut_scheme(struct text *value) {
  struct text scheme = text_of("Bearer");
  if (value->size <= scheme.size || value->bytes[scheme.size] != ' ')
    return false;
  if (!text_equals_nocase((struct text){value->bytes, scheme.size}, scheme))
    return false;
  *value = text_trim(
      (struct text){value->bytes + scheme.size, value->size - scheme.size});
  return true;
}

static bool find_only(const struct head *head, const char *name,
                      struct text *value) {
  return head_count(head, name) == 1 && head_find(head, name, value);
}

bool api_key_is_shown(const struct head *head, const struct string_list *keys) {
  struct text given;
  unsigned is_any = 0;
  if (!find_only(head, "Authorization", &given) || !cut_scheme(&given))
    return false;
  for (size_t i = 0; i < keys->count; i++)
    is_any |= secret_equals(text_of(keys->items[i]), given);
  return is_any != 0;
}
