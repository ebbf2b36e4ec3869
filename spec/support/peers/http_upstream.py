"""An HTTP application for the specs, which answers well or badly as it is asked.

    http_upstream.py PORT | unix:PATH [CERTIFICATE KEY]

Speaks as it likes, byte by byte. /seen tells what it has seen: a table from the
target of a request to how often it came, the connections that were opened, and
how many of them are open.
"""
import asyncio
import gzip
import json
import ssl
import struct
import sys
import zlib

seen = {"requests": {}, "opened": 0, "open": 0}


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {}
    for line in lines[1:-2]:
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return method, target, headers, body


def answer(status, body=b"", headers=()):
    lines = ["HTTP/1.1 %d Some Words" % status, "Content-Length: %d" % len(body)]
    lines += headers
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def told(value):
    return answer(200, json.dumps(value).encode(),
                  ["Content-Type: application/json"])


def user_of(headers):
    """The cookie `session` says who it is; nobody else is known."""
    session = headers.get("cookie", "").partition("session=")[2]
    return told({"id": session}) if session else answer(401)


def pack(size):
    """What many equal bytes are as gzip. Each block is packed alone, and so
    needs to be but once: a busy machine takes seconds for 200 MB."""
    block = b"x" * 1000000
    count, rest = divmod(size, len(block))
    crc = 0
    for _ in range(count):
        crc = zlib.crc32(block, crc)
    packer = zlib.compressobj(wbits=-15)
    equal = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(wbits=-15)
    end = last.compress(b"x" * rest) + last.flush()
    crc = zlib.crc32(b"x" * rest, crc)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + equal * count + end + struct.pack("<II", crc, size)


def packed(size):
    return answer(200, pack(size), ["Content-Encoding: gzip"])


async def stray(writer):
    """An answer that nobody has asked for, on a connection that is kept."""
    await asyncio.sleep(0.05)
    writer.write(told({"id": "mallory"}))
    await writer.drain()
    seen["requests"]["/stray"] = seen["requests"].get("/stray", 0) + 1


async def for_ever(writer, head, piece):
    writer.write(head)
    while True:
        writer.write(piece)
        await writer.drain()


async def misbehave(name, number, writer):
    """Answers that break the protocol, and then end the connection."""
    if name == "garbage":
        writer.write(b"\x16\x03nonsense, not HTTP\r\n\r\n" * 10)
    elif name == "half":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    elif name == "half_head":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    elif name == "bad_gzip":
        writer.write(answer(200, b"no gzip", ["Content-Encoding: gzip"]))
    elif name == "endless":
        await for_ever(writer, b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536)
    elif name == "endless_head":
        await for_ever(writer, b"HTTP/1.1 200 OK\r\n", b"X-Long: %s\r\n" %
                       (b"x" * 1000))
    elif name == "announced":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % number)
        await asyncio.sleep(3600)
    elif name == "never":
        await asyncio.sleep(3600)


async def reply(method, target, headers, body, writer):
    """Returns whether the connection may be used again."""
    name, _, argument = target[1:].partition("?")[0].partition("/")
    number = int(argument) if argument.isdigit() else 0
    if name == "hello":
        writer.write(answer(200, b"" if method == "HEAD" else b"hello",
                            ["Set-Cookie: a=1", "Set-Cookie: b=2"]))
    elif name == "me":
        writer.write(user_of(headers))
    elif name == "slow_me":
        await asyncio.sleep(0.5)
        writer.write(user_of(headers))
    elif name == "stray_me":
        writer.write(user_of(headers))
        asyncio.ensure_future(stray(writer))
    elif name == "cut_gzip":
        writer.write(answer(200, gzip.compress(b"x,y\n" * 1000)[:number],
                            ["Content-Encoding: gzip"]))
    elif name == "two_gzips":
        writer.write(answer(200, gzip.compress(b"one ") + gzip.compress(b"two"),
                            ["content-encoding: GZIP"]))
    elif name == "hints":
        writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
                     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                     b"X-Last: 1\r\n\r\n5\r\nhello\r\n"
                     b"0\r\nX-Trailer: 1\r\n\r\n")
    elif name == "mirror":
        writer.write(told([method, target, headers, body.decode("latin-1")]))
    elif name == "seen":
        writer.write(told(seen))
    elif name == "status":
        writer.write(answer(number))
    elif name == "size":
        writer.write(answer(200, b"x" * number))
    elif name == "packed":
        writer.write(packed(number))
    elif name == "slow":
        await asyncio.sleep(number)
        writer.write(answer(200, b"at last"))
    elif name == "loop":
        writer.write(answer(302, headers=["Location: /loop"]))
    elif name == "to":
        writer.write(answer(302, headers=["Location: " + argument]))
    elif name == "countdown":
        writer.write(answer(302, headers=["Location: /countdown/%d" %
                                          (number - 1)])
                     if number else answer(200, b"landed"))
    else:
        await misbehave(name, number, writer)
        return False
    return True


async def serve(reader, writer):
    seen["opened"] += 1
    seen["open"] += 1
    try:
        again = True
        while again:
            request = await read_request(reader)
            target = request[1]
            seen["requests"][target] = seen["requests"].get(target, 0) + 1
            answering = asyncio.ensure_future(reply(*request, writer))
            ended = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({answering, ended},
                               return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():  # the client has gone before the answer
                answering.cancel()
                return
            ended.cancel()
            await asyncio.wait({ended})
            again = answering.result()
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        pass
    finally:
        seen["open"] -= 1
        writer.close()


async def main(place, certificate=None, key=None):
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
    if place.startswith("unix:"):
        await asyncio.start_unix_server(serve, place[5:])
    else:
        await asyncio.start_server(serve, "127.0.0.1", int(place), ssl=tls,
                                   backlog=1000)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
