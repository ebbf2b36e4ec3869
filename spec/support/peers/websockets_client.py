# Python's package websockets as a client: websockets_client.py STORY, with PORT
# and, for TLS, CERTIFICATE in the environment. A story that fails raises.
import asyncio
import json
import os
import ssl
import sys

import websockets
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory)

PORT = os.environ["PORT"]
HERE = f"ws://127.0.0.1:{PORT}/?user=ada"
BIG = 4 << 20


async def join(url=HERE, **options):
    peer = await websockets.connect(url, max_size=BIG, **options)
    assert await take(peer) == ["authenticated", {"id": "ada"}]
    return peer


async def say(peer, *message):
    await peer.send(json.dumps(message))


async def take(peer):
    return json.loads(await peer.recv())


async def echoes(peer, body, id):
    await say(peer, "echo", body, id)
    answer = await take(peer)
    assert answer == ["echo", body, id], answer


async def ending(peer):
    """Takes what still comes; returns it, the code and the reason."""
    messages = []
    try:
        while True:
            messages.append(await take(peer))
    except websockets.ConnectionClosed as closed:
        assert closed.rcvd is not None, "no Close came"
        return messages, closed.rcvd.code, closed.rcvd.reason


async def leave(peer):
    await peer.close()
    assert peer.close_code == 1000, peer.close_code


async def text():
    peer = await join()
    for body in ["", "Grüße, 世界 🌍", "a\0b\n\t\"\\", "\u2028"]:
        await echoes(peer, body, 1)
    await echoes(peer, {"list": [], "map": {}, "deep": [[["x", None, True]]]},
                 2)
    await leave(peer)


async def big():
    peer = await join()
    for size in [125, 126, 65535, 65536, 1 << 20]:
        await peer.send('["echo","' + "ü" * (size // 2) + '",1]')
        assert await take(peer) == ["echo", "ü" * (size // 2), 1]
    # In fragments, as the package sends what comes from an iterator.
    await peer.send(['["echo",', '"in pieces"', ",2]"])
    assert await take(peer) == ["echo", "in pieces", 2]
    await leave(peer)


def extensions(peer):
    # Since version 14 they belong to the connection's protocol.
    return list(getattr(peer, "protocol", peer).extensions)


async def deflate():
    body = [{"id": i, "on": True} for i in range(5000)]
    for window in [9, 12, 15]:
        extension = ClientPerMessageDeflateFactory(
            server_max_window_bits=window, client_max_window_bits=window)
        peer = await join(compression=None, extensions=[extension])
        names = [each.name for each in extensions(peer)]
        assert names == ["permessage-deflate"], names
        await echoes(peer, "", 1)
        await echoes(peer, body, 2)
        # In fragments.
        await peer.send(['["echo",', json.dumps(body), ",3]"])
        assert await take(peer) == ["echo", body, 3]
        await leave(peer)
    peer = await join(compression=None)
    assert extensions(peer) == [], extensions(peer)
    await echoes(peer, body, 1)
    await leave(peer)


async def ids():
    peer = await join()
    for id in ["9007199254740993", "9223372036854775807", "é-7"]:
        await echoes(peer, id, id)
    for id in [2**53 + 1, 2**63 - 1, -(2**63)]:
        await echoes(peer, id, id)
    await leave(peer)


async def ping():
    peer = await join()
    for payload in ["", "still there?", "x" * 125]:
        pong = await peer.ping(payload)
        await asyncio.wait_for(pong, 5)
    await say(peer, "ping", {"at": 1}, 9)
    assert await take(peer) == ["pong", {"at": 1}, 9]
    await leave(peer)


async def subprotocol():
    peer = await join(subprotocols=["other", "base.v1"])
    assert peer.subprotocol == "base.v1", peer.subprotocol
    await leave(peer)


async def closing():
    for code, reason in [(1000, ""), (3001, "enough"), (4321, "é")]:
        peer = await join()
        await peer.close(code, reason)
        assert peer.close_code == code, peer.close_code
    peer = await join()
    await say(peer, "leave")
    assert await ending(peer) == ([], 4100, "as you wish")


async def stranger():
    peer = await websockets.connect(f"ws://127.0.0.1:{PORT}/")
    messages, code, reason = await ending(peer)
    assert (messages, code) == ([], 4001), (messages, code)
    assert reason


async def restart():
    peer = await join()
    print("joined", flush=True)
    messages, code, reason = await ending(peer)
    [[command, body]] = messages
    assert command == "reconnect" and body["after"] >= 0, messages
    assert code == 1012 and reason, (code, reason)


async def many():
    count = 500
    peers = [await join() for _ in range(10)]
    for id in range(count):
        for peer in peers:
            await say(peer, "echo", {"id": id}, id)
    for peer in peers:
        for id in range(count):
            assert await take(peer) == ["echo", {"id": id}, id]
        await leave(peer)


async def tls():
    trust = ssl.create_default_context(cafile=os.environ["CERTIFICATE"])
    url = f"wss://localhost:{PORT}/?user=ada"
    there = {"host": "127.0.0.1", "server_hostname": "localhost"}
    peer = await join(url, ssl=trust, **there)
    await echoes(peer, "ü" * 100_000, 1)
    await leave(peer)

    try:
        doubt = ssl.create_default_context()
        await websockets.connect(url, ssl=doubt, **there)
    except ssl.SSLCertVerificationError:
        return
    raise AssertionError("a certificate that nobody vouches for was taken")


asyncio.run(globals()[sys.argv[1]]())
