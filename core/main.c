/*
** base [DIR]: reads the command line.
*/
#include "server/server.h"

#include "model/config.h"
#include "server/init.h"
#include "server/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_USAGE = 2 };

static const char help[] =
    "usage: base [options] [DIR]     serve the project in DIR (default: here)\n"
    "       base check [DIR]         load everything and report every mistake\n"
    "\n"
    "  --port PORT        listen on this port instead of base.lua's\n"
    "  --log-level LEVEL  debug, info, warn or error\n"
    "  --watch            load the scripts again whenever a Lua file is saved\n"
    "  --version          print the version\n"
    "  --help             print this help\n"
    "\n"
    "Signals: SIGHUP loads the scripts again. SIGUSR2 starts a new process "
    "that takes\nover. SIGTERM and SIGINT end the server in order, a second "
    "signal at once.\n"
    "Exit status: 0 after an orderly end or without mistakes, 1 if it could "
    "not start\nor found mistakes, 2 for wrong usage.\n";

static int refuse_usage(const char *what, const char *value) {
  fprintf(stderr, "base: %s%s (see base --help)\n", what, value);
  return STATUS_USAGE;
}

static bool read_port(const char *text, int *port) {
  char *end;
  long number = strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || number < 1 || number > 65535)
    return false;
  *port = (int)number;
  return true;
}

static bool read_level(const char *text, int *level) {
  for (int i = 0; log_level_names[i]; i++) {
    if (strcmp(text, log_level_names[i]) == 0) {
      *level = i;
      return true;
    }
  }
  return false;
}

/* Returns an exit status, or -1 to go on. */
static int read_options(int count, char **words,
                        struct server_options *options) {
  static const struct option names[] = {
      {"port", required_argument, NULL, 'p'},
      {"log-level", required_argument, NULL, 'l'},
      {"watch", no_argument, NULL, 'w'},
      {"version", no_argument, NULL, 'v'},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0}};
  opterr = 0;
  for (int option;
       (option = getopt_long(count, words, ":h", names, NULL)) != -1;) {
    switch (option) {
    case 'p':
      if (!read_port(optarg, &options->port))
        return refuse_usage("--port must be a number from 1 to 65535, not ",
                            optarg);
      break;
    case 'l':
      if (!read_level(optarg, &options->log_level))
        return refuse_usage(
            "--log-level must be debug, info, warn or error, not ", optarg);
      break;
    case 'w':
      options->watches = true;
      break;
    case 'v':
      printf("base %s\n", BASE_VERSION);
      return 0;
    case 'h':
      fputs(help, stdout);
      return 0;
    case ':':
      return refuse_usage("missing value for ", words[optind - 1]);
    default:
      return refuse_usage("unknown option ", words[optind - 1]);
    }
  }
  return -1;
}

/* Opens the standard descriptors that are closed. Otherwise a client's socket
   could get one of their numbers, and the log would be written to it. */
static void open_standard_descriptors(void) {
  int descriptor;
  do {
    descriptor = open("/dev/null", O_RDWR);
  } while (descriptor >= 0 && descriptor <= STDERR_FILENO);
  if (descriptor >= 0) close(descriptor);
}

/* A copy of the command line, since getopt_long reorders the original; with
   room for one more word. */
static char **copy_words(int count, char **words) {
  char **copy = calloc((size_t)count + 2, sizeof *copy);
  if (copy) memcpy(copy, words, (size_t)count * sizeof *copy);
  return copy;
}

/* Makes a path absolute: "/here/path", or `path` itself if it begins with '/'.
   The caller frees it. */
static char *from_root(const char *path) {
  char *here = path[0] == '/' ? NULL : get_current_dir_name();
  size_t size = (here ? strlen(here) + 1 : 0) + strlen(path) + 1;
  char *whole = malloc(size);
  if (whole)
    snprintf(whole, size, "%s%s%s", here ? here : "", here ? "/" : "", path);
  free(here);
  return whole;
}

/* Makes the program and the project absolute in the words for a successor. A
   successor starts in another folder, since it may have no access to the folder
   where this process was started. */
static void name_from_root(char **words, const char *folder, char *program,
                           char *project) {
  if (strchr(*words, '/')) *words = program;
  while (*words && *words != folder)
    words++;
  *words = project;
}

static int serve_project(const struct server_options *options) {
  init_stay_behind();
  return server_run(options);
}

static int run_words(int count, char **words, struct server_options *options) {
  static char here[] = ".";
  bool checks = optind < count && strcmp(words[optind], "check") == 0;
  if (checks) optind++;
  char *folder = optind < count ? words[optind++] : here;
  if (optind < count)
    return refuse_usage("unexpected argument: ", words[optind]);
  char *program = from_root(words[0]);
  char *project = from_root(folder);
  int status = 1;
  if (program && project) {
    name_from_root(options->command.words, folder, program, project);
    options->project = project;
    status = STATUS_USAGE;
    if (chdir(folder) != 0)
      fprintf(stderr, "base: %s: %s\n", folder, strerror(errno));
    else
      status = checks ? server_check(options) : serve_project(options);
  }
  free(project);
  free(program);
  return status;
}

int main(int count, char **words) {
  signals_hold();
  open_standard_descriptors();
  char **copy = copy_words(count, words);
  struct server_options options = {.command = {.words = copy}, .log_level = -1};
  int status = copy ? read_options(count, words, &options) : 1;
  if (status < 0) status = run_words(count, words, &options);
  free(copy);
  return status;
}
