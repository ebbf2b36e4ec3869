/*
** A whole conversation: HTTP requests with their bodies, one behind the other,
** and the handshake of a WebSocket with what follows it.
*/
#include "fuzz.h"
#include "scene.h"

/* Two bytes choose; the rest is what the client sends. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  unsigned choices = input_take(&input);
  unsigned seed = input_take(&input);
  struct scene_options options = {.begins_with_http = true,
                                  .deflates = choices & 1,
                                  .is_tight = choices & 2,
                                  .has_origins = choices & 4};
  scene_check(&options, input.bytes, input.size, seed);
  return 0;
}
