/*
** base check: reports what would keep the server from starting here.
*/
#include "lua/scripts.h"
#include "net/net.h"
#include "server/privileges.h"
#include "server/server.h"
#include "server/state.h"

#include <stdio.h>

static void tell_mistake(void *context, const char *setting, const char *text) {
  int *mistakes = context;
  fprintf(stderr, "base.lua: '%s': %s\n", setting, text);
  ++*mistakes;
}

static int check_start(const struct config *config) {
  char why[128];
  char text[512];
  int mistakes = 0;
  net_check(config, tell_mistake, &mistakes);
  if (config->user && !privileges_check(config->user, why, sizeof why)) {
    snprintf(text, sizeof text, "cannot become the account '%s': %s",
             config->user, why);
    tell_mistake(&mistakes, "user", text);
  }
  return mistakes;
}

/* Prints what is no mistake but worth knowing. */
static void tell_notes(const struct config *config) {
  if (config->has_origins || !net_is_for_others(config)) return;
  fprintf(stderr, "note: 'origins' is not set: any page whose host equals the "
                  "Host header may connect; in production list yours, origins "
                  "= { \"https://shop.example\" }\n");
}

int server_check(const struct server_options *options) {
  struct server server = {.project = options->project};
  int mistakes = 1;
  if (server_open(&server, options)) {
    mistakes = scripts_check(server.scripts, &server.config);
    mistakes += check_start(&server.config);
  }
  if (mistakes == 0) tell_notes(&server.config);
  server_close(&server);
  if (mistakes == 0) printf("no mistakes\n");
  return mistakes == 0 ? 0 : 1;
}
