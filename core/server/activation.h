#ifndef BASE_SERVER_ACTIVATION_H
#define BASE_SERVER_ACTIVATION_H

/*
** Listening sockets that systemd has opened and given to this process:
** sd_listen_fds(3). The protocol is three variables.
*/
struct net;

struct activation {
  int count;
  char *names; /* owned: "web:api", in the order of the descriptors; or NULL */
};

/* Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES and takes them out of the
   environment, before any script runs: no program that one starts may mistake
   the sockets for its own, or inherit them. */
void activation_open(struct activation *activation);
void activation_close(struct activation *activation);

/* Gives them to `net` as "systemd:name", before net_listen. */
void activation_inherit(struct activation *activation, struct net *net);

#endif
