#ifndef BASE_SERVER_ACTIVATION_H
#define BASE_SERVER_ACTIVATION_H

/*
** Listening sockets that systemd has opened and passed to this process:
** sd_listen_fds(3). The protocol is three environment variables.
*/
struct net;

struct activation {
  int count;
  char *names; /* owned: "web:api", in the order of the descriptors; or NULL */
};

/* Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES and removes them from the
   environment. Call it before any script runs: a program that a script starts
   must neither take the sockets for its own nor inherit them. */
void activation_open(struct activation *activation);
void activation_close(struct activation *activation);

/* Gives the sockets to `net` as "systemd:name". Call it before net_listen. */
void activation_inherit(struct activation *activation, struct net *net);

#endif
