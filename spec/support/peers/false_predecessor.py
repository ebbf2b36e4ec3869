"""Starts the program behind "--" as the one that takes over from a process that
is not Base: a child of ours, which does what the first argument says."""
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import handing  # noqa: E402


def speak(link, mode):
    if mode == "garbage":
        link.sendall(b"\xff" * 100)
        handing.wait_for_end(link)
        return
    handing.read_until(link, handing.HELLO)
    link.sendall(handing.frame(handing.STATE, '{"visits":5}'))
    handing.read_until(link, handing.TAKE)
    link.sendall(
        handing.frame(handing.USER, "zoe", 0, 1, 1, 0, '{"name":"Zoe"}')
        + handing.frame(handing.CHANNEL, "room:1", 77, 3, 3, 60000)
        + handing.frame(handing.KEPT, '"said",1')
        + handing.frame(handing.SUBSCRIBED, "room:1", 1))
    if mode == "lies":
        link.sendall(handing.frame(handing.KEPT, 'said,2'))
        handing.wait_for_end(link)


ours, theirs = socket.socketpair()
theirs.setblocking(False)
reads, writes = os.pipe()
words = sys.argv[sys.argv.index("--") + 1:]
if os.fork() == 0:
    theirs.close()
    os.close(writes)
    speak(ours, sys.argv[1])
    os._exit(0)
ours.close()
link = os.dup2(theirs.fileno(), 20)
os.set_inheritable(link, True)
os.dup2(writes, 3)
os.set_inheritable(3, True)
os.environ["BASE_UPGRADE"] = "link=%d\n" % link
os.execvp(words[0], words)
