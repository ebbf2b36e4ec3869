"""Started by a server in the place of its own program, to take over from it;
FALSE_SUCCESSOR says what it does instead."""
import os
import sys

sys.path.insert(0, os.environ["FALSE_SUCCESSOR_PATH"])
import handing  # noqa: E402

mode = os.environ["FALSE_SUCCESSOR"]
line = os.environ["BASE_UPGRADE"].split("\n")[0]
link = handing.socket_of(int(line.removeprefix("link=")))

if mode == "garbage":
    link.sendall(b"GET / HTTP/1.1\r\n\r\n")
    handing.wait_for_end(link)
    sys.exit(1)

link.sendall(handing.frame(handing.HELLO, 1))
handing.read_until(link, handing.STATE)
if mode == "asks twice":
    link.sendall(handing.frame(handing.TAKE) * 2)
else:
    link.sendall(handing.frame(handing.TAKE))
handing.read_until(link, handing.DONE)
print("the false successor has everything", flush=True)
if mode == "dies":
    handing.wait_for_file(sys.argv[1] + "/die")
    sys.exit(1)
if mode == "lies":
    os.write(3, b"r")
    link.sendall(handing.frame(handing.ANSWER, 99, "", 0, 0, 0, 0, 0, 0, 0))
handing.wait_for_end(link)
sys.exit(1)
