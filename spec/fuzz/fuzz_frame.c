/*
** Frames, from the first byte behind the handshake on: headers, masks,
** fragments, UTF-8, deflate, Close.
*/
#include "fuzz.h"
#include "scene.h"

/* Two bytes choose; the rest is what the client sends. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct input input = input_of(bytes, size);
  unsigned choices = input_take(&input);
  unsigned seed = input_take(&input);
  struct scene_options options = {.deflates = choices & 1,
                                  .is_tight = choices & 2,
                                  .has_short_turns = choices & 4};
  scene_check(&options, input.bytes, input.size, seed);
  return 0;
}
