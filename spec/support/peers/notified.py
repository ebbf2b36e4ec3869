"""Starts a program as systemd does one of Type=notify, and prints what it says.

usage: notified.py path|abstract WATCHDOG_SECONDS PROGRAM [ARGUMENT ...]

Every line that the program sends to NOTIFY_SOCKET is printed after "told ". This
process is the one that signals reach; it gives them on.
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile

folder = tempfile.mkdtemp()
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
if sys.argv[1] == "abstract":
    name = "@base-spec-%d" % os.getpid()
    listener.bind("\0" + name[1:])
else:
    name = folder + "/notify"
    listener.bind(name)

environment = dict(os.environ, NOTIFY_SOCKET=name)
if float(sys.argv[2]) > 0:
    environment["WATCHDOG_USEC"] = str(int(float(sys.argv[2]) * 1e6))
program = subprocess.Popen(sys.argv[3:], env=environment)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2):
    signal.signal(number, lambda number, _: program.send_signal(number))

listener.settimeout(0.05)
ended = False
while True:
    try:
        for line in listener.recv(4096).decode().split("\n"):
            os.write(1, ("told %s\n" % line).encode())  # in one piece
    except TimeoutError:
        if ended:  # and nothing is left in the socket
            break
        ended = program.poll() is not None
if name[0] == "/":
    os.unlink(name)
os.rmdir(folder)
sys.exit(program.returncode)
