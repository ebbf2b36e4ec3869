"""Opens sockets and becomes a program that finds them, as systemd does.

usage: inherit.py NAME=PLACE ... -- PROGRAM [ARGUMENT ...]

A place is a port of 127.0.0.1, unix:PATH, or what is of no use to a server:
datagram, deaf (it does not listen), file. INHERIT_PID says for whom it is.
"""
import os
import socket
import sys

FIRST = 3


def open_place(place):
    if place == "datagram":
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
    if place == "deaf":
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM).detach()
    if place == "file":
        return os.open("/dev/null", os.O_RDWR)
    if place.startswith("unix:"):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(place[len("unix:"):])
    else:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(place)))
    listener.listen(511)
    return listener.detach()


end = sys.argv.index("--")
pairs = [word.split("=", 1) for word in sys.argv[1:end]]
# High numbers first, so that none is in the way of another.
opened = []
for _, place in pairs:
    low = open_place(place)
    os.dup2(low, 100 + len(opened))
    os.close(low)
    opened.append(100 + len(opened))
for i, descriptor in enumerate(opened):
    os.dup2(descriptor, FIRST + i, inheritable=True)
    os.close(descriptor)
os.environ["LISTEN_PID"] = os.environ.pop("INHERIT_PID", str(os.getpid()))
os.environ["LISTEN_FDS"] = str(len(pairs))
os.environ["LISTEN_FDNAMES"] = ":".join(name for name, _ in pairs)
os.execvp(sys.argv[end + 1], sys.argv[end + 1:])
