"""What two processes of Base say to each other by the socket between them, for
specs in which one of the two is not Base (bus/link.h)."""
import os
import socket
import struct
import time

(HELLO, STATE, TAKE, USER, CHANNEL, KEPT, DONE, SUBSCRIBED) = range(1, 9)
ANSWER = 18


def frame(kind, *parts):
    body = bytes([kind])
    for part in parts:
        if isinstance(part, int):
            body += struct.pack("<Q", part)
        else:
            body += struct.pack("<I", len(part)) + part.encode()
    return struct.pack("<I", len(body)) + body


def read(link):
    """The kind of the next frame, and its bytes; None, None at the end."""
    def exactly(size):
        data = b""
        while len(data) < size:
            more = link.recv(size - len(data))
            if not more:
                return None
            data += more
        return data
    head = exactly(4)
    if not head:
        return None, None
    body = exactly(struct.unpack("<I", head)[0])
    return (body[0], body[1:]) if body else (None, None)


def read_until(link, kind):
    while True:
        found, body = read(link)
        if found is None:
            raise SystemExit("the other process has ended")
        if found == kind:
            return body


def wait_for_file(path):
    deadline = time.monotonic() + 20
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            raise SystemExit("nobody has made " + path)
        time.sleep(0.01)


def wait_for_end(link):
    while link.recv(65536):
        pass


def socket_of(descriptor):
    link = socket.socket(fileno=descriptor)
    link.setblocking(True)
    return link
