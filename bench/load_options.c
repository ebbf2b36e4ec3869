#include "load_options.h"

#include "load_fail.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CONNECTIONS = 60000, MOST_IN_FLIGHT = 1024, LONGEST = 1 << 24 };

static const char usage[] =
    "usage: base-load [options] ADDRESS:PORT\n"
    "\n"
    "Talks to a WebSocket server over many connections, checks every byte "
    "that\n"
    "it answers, and writes what that cost as one line of JSON.\n"
    "\n"
    "  --work ask      each connection keeps questions in flight (the "
    "default)\n"
    "         open     questions leave at a rate, whatever the answers do\n"
    "         tell     one question, told to all: the next when all have it\n"
    "         connect  connections open, are welcomed, and close\n"
    "         idle     connections that are only there\n"
    "         say      one message to each channel: the next when all of it "
    "have it\n"
    "         join     each connection joins its channel and leaves it\n"
    "         storm    all join at once, and all leave at once\n"
    "         recover  all are cut off, miss messages, and come back at once\n"
    "  --speak base | socketio | raw\n"
    "  --connections N, --in-flight N, --idle N (silent ones beside)\n"
    "  --rate N        questions a second of all connections (open)\n"
    "  --warmup S, --seconds S, --patience S (without any answer)\n"
    "  --command C --body JSON --answer C --answer-body JSON\n"
    "  --told C --told-body JSON    what a question and its answers say; a #\n"
    "                  is the question's number, an @ the connection's\n"
    "  --size N        bytes of a question, whose body is then a string\n"
    "  --pid PID       the server, whose CPU and memory are looked at\n"
    "  --channels N, --channel NAME (how the names begin), --keeps (what is "
    "said\n"
    "                  has a position), --missed N (messages, by all)\n"
    "  --bystander     one more connection asks all the time, and is timed\n"
    "  --guest         connections without a user\n"
    "  --tls, --deflate\n";

static const struct option names[] = {
    {"work", required_argument, NULL, 'w'},
    {"speak", required_argument, NULL, 's'},
    {"connections", required_argument, NULL, 'c'},
    {"in-flight", required_argument, NULL, 'f'},
    {"idle", required_argument, NULL, 'i'},
    {"rate", required_argument, NULL, 'r'},
    {"warmup", required_argument, NULL, 'u'},
    {"seconds", required_argument, NULL, 't'},
    {"patience", required_argument, NULL, 'p'},
    {"command", required_argument, NULL, 'C'},
    {"body", required_argument, NULL, 'B'},
    {"answer", required_argument, NULL, 'A'},
    {"answer-body", required_argument, NULL, 'a'},
    {"told", required_argument, NULL, 'T'},
    {"told-body", required_argument, NULL, 'b'},
    {"size", required_argument, NULL, 'z'},
    {"pid", required_argument, NULL, 'P'},
    {"channels", required_argument, NULL, 'n'},
    {"channel", required_argument, NULL, 'N'},
    {"keeps", no_argument, NULL, 'k'},
    {"missed", required_argument, NULL, 'm'},
    {"bystander", no_argument, NULL, 'y'},
    {"guest", no_argument, NULL, 'g'},
    {"tls", no_argument, NULL, 'S'},
    {"deflate", no_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char *name_of(int letter) {
  for (const struct option *option = names; option->name; option++) {
    if (option->val == letter) return option->name;
  }
  return "";
}

static double number(int letter, double least, double most) {
  char *end;
  errno = 0;
  double value = strtod(optarg, &end);
  if (errno || end == optarg || *end || !(value >= least && value <= most)) {
    fail("--%s is a number from %g to %g, not '%s'", name_of(letter), least,
         most, optarg);
  }
  return value;
}

static unsigned whole(int letter, unsigned least, unsigned most) {
  double value = number(letter, least, most);
  if (value != (double)(unsigned)value) {
    fail("--%s is a whole number, not '%s'", name_of(letter), optarg);
  }
  return (unsigned)value;
}

/* The place of a word in a list that ends with NULL. */
static unsigned word(int letter, const char *const *words) {
  char list[64] = "";
  for (unsigned i = 0; words[i]; i++) {
    if (strcmp(optarg, words[i]) == 0) return i;
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s",
             i ? ", " : "", words[i]);
  }
  fail("--%s is one of %s, not '%s'", name_of(letter), list, optarg);
}

static bool take_text(struct options *options, int letter) {
  switch (letter) {
  case 'C':
    options->command = optarg;
    return true;
  case 'B':
    options->body = optarg;
    return true;
  case 'A':
    options->answer = optarg;
    return true;
  case 'a':
    options->answer_body = optarg;
    return true;
  case 'T':
    options->told = optarg;
    return true;
  case 'b':
    options->told_body = optarg;
    return true;
  case 'N':
    options->channel = optarg;
    return true;
  default:
    return false;
  }
}

static bool take_number(struct options *options, int letter) {
  switch (letter) {
  case 'c':
    options->connections = whole(letter, 1, MOST_CONNECTIONS);
    break;
  case 'f':
    options->in_flight = whole(letter, 1, MOST_IN_FLIGHT);
    break;
  case 'i':
    options->idle = whole(letter, 0, MOST_CONNECTIONS);
    break;
  case 'n':
    options->channels = whole(letter, 1, MOST_CONNECTIONS);
    break;
  case 'm':
    options->missed = whole(letter, 1, MOST_IN_FLIGHT);
    break;
  case 'r':
    options->rate = number(letter, 1, 1e7);
    break;
  case 'u':
    options->warmup = number(letter, 0, 600);
    break;
  case 't':
    options->seconds = number(letter, 0.01, 3600);
    break;
  case 'p':
    options->patience = number(letter, 0.1, 600);
    break;
  case 'z':
    options->size = whole(letter, 20, LONGEST);
    break;
  case 'P':
    options->pid = (pid_t)whole(letter, 1, 1u << 30);
    break;
  default:
    return false;
  }
  return true;
}

static bool take_flag(struct options *options, int letter) {
  switch (letter) {
  case 'g':
    options->guest = true;
    return true;
  case 'S':
    options->tls = true;
    return true;
  case 'd':
    options->deflate = true;
    return true;
  case 'k':
    options->keeps = true;
    return true;
  case 'y':
    options->bystander = true;
    return true;
  default:
    return false;
  }
}

static void take(struct options *options, int letter) {
  static const char *const works[] = {"ask", "open", "tell",  "connect", "idle",
                                      "say", "join", "storm", "recover", NULL};
  static const char *const speaks[] = {"base", "socketio", "raw", NULL};
  if (take_text(options, letter) || take_number(options, letter) ||
      take_flag(options, letter))
    return;
  switch (letter) {
  case 'w':
    options->work = (enum work_kind)word(letter, works);
    break;
  case 's':
    options->protocol = (enum protocol)word(letter, speaks);
    break;
  case 'h':
    fputs(usage, stdout);
    exit(EXIT_SUCCESS);
  default:
    fail("see base-load --help");
  }
}

static void take_address(struct options *options, char *address) {
  char *colon = strrchr(address, ':');
  char *end = NULL;
  unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;
  if (!colon || *end || port < 1 || port > 65535) {
    fail("where the server is, is said as 127.0.0.1:9000, not '%s'", address);
  }
  *colon = '\0';
  options->host = address;
  options->port = (uint16_t)port;
}

struct options options_parse(int count, char **arguments) {
  struct options options = {.connections = 1,
                            .in_flight = 1,
                            .rate = 1000,
                            .seconds = 1,
                            .channels = 1,
                            .channel = "room:",
                            .missed = 100,
                            .patience = 10,
                            .command = "echo",
                            .body = "\"hello\""};
  int letter;
  while ((letter = getopt_long(count, arguments, "", names, NULL)) != -1) {
    take(&options, letter);
  }
  if (optind != count - 1) {
    fail("one ADDRESS:PORT is needed, see base-load --help");
  }
  take_address(&options, arguments[optind]);
  if (options.connections + options.idle > MOST_CONNECTIONS) {
    fail("at most %d connections, silent ones included", MOST_CONNECTIONS);
  }
  if (options.channels > options.connections) {
    fail("more channels than connections");
  }
  if (options.work == WORK_TELL && !options.told) {
    fail("--work tell needs --told, the command that all are told");
  }
  if (options.work == WORK_RECOVER) {
    if (options.connections < 2) fail("--work recover needs two connections");
    options.keeps = true;
  }
  if (!options.answer) options.answer = options.command;
  if (!options.answer_body) options.answer_body = options.body;
  if (!options.told_body) options.told_body = options.body;
  return options;
}
