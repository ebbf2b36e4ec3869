#include "server/reload.h"

#include "io/http_client.h"
#include "lib/log.h"
#include "lua/scripts.h"
#include "net/net.h"
#include "server/project_folder.h"
#include "server/state.h"

/* The certificate is replaced even if the scripts do not load. */
static const char *what_goes_on(const struct server *server,
                                bool has_certificate) {
  if (!server->config.has_tls) return "the old scripts stay";
  return has_certificate
             ? "the old scripts stay, with the certificate read again"
             : "the old scripts and the old certificate stay";
}

void reload(void *context) {
  struct server *server = context;
  if (server->is_ending || server->drain.is_begun) return;
  if (server->giving.is_relayed) {
    log_event(LOG_WARN, "not reloaded: a new process is taking over");
    return;
  }
  notify_reloading(&server->notify);
  struct project_folder folder;
  bool is_there = project_folder_enter(&folder, server->project);
  bool has_certificate = net_reload_certificate(server->net);
  bool has_scripts = is_there && scripts_load(server->scripts);
  project_folder_leave(&folder, has_scripts);
  if (has_scripts)
    log_event(LOG_INFO, has_certificate
                            ? "reloaded"
                            : "reloaded, but with the old certificate");
  else
    log_event(LOG_ERROR, "not reloaded: %s",
              what_goes_on(server, has_certificate));
  http_client_reconfigured(server->http_client);
  if (has_scripts) net_reconfigured(server->net);
  watch_refresh(server->watch);
  notify_ready(&server->notify, has_scripts
                                    ? "serving"
                                    : "serving with the old scripts: the new "
                                      "ones did not load, see the log");
}
