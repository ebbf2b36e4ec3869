// Node's package ws as a client: node ws_client.mjs STORY, with PORT and, for
// TLS, CERTIFICATE in the environment. A story that fails throws.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const WebSocket = createRequire(import.meta.url)("ws");
const { PORT, CERTIFICATE } = process.env;
const HERE = `ws://127.0.0.1:${PORT}/?user=ada`;

/* A connection whose texts are taken one by one. */
class Peer {
  #texts = [];
  #waiting = null;

  constructor(url, ...options) {
    this.socket = new WebSocket(url, ...options);
    this.closed = once(this.socket, "close")
      .then(([code, reason]) => ({ code, reason: String(reason) }));
    this.socket.on("message", (bytes, isBinary) => {
      assert(!isBinary);
      this.#texts.push(String(bytes));
      this.#waiting?.();
    });
  }

  static async join(url = HERE, ...options) {
    const peer = new Peer(url, ...options);
    await once(peer.socket, "open");
    assert.deepEqual(await peer.take(), ["authenticated", { id: "ada" }]);
    return peer;
  }

  say(...message) {
    this.socket.send(JSON.stringify(message));
  }

  async takeText() {
    while (this.#texts.length === 0) {
      await new Promise((resolve) => { this.#waiting = resolve; });
    }
    return this.#texts.shift();
  }

  async take() {
    return JSON.parse(await this.takeText());
  }

  async leave() {
    this.socket.close(1000);
    assert.equal((await this.closed).code, 1000);
  }
}

async function echoes(peer, body, id) {
  peer.say("echo", body, id);
  assert.deepEqual(await peer.take(), ["echo", body, id]);
}

const stories = {
  async text() {
    const peer = await Peer.join();
    for (const body of ["", "Grüße, 世界 🌍", "a\u0000b\n\t\"\\", "\u2028"]) {
      await echoes(peer, body, 1);
    }
    await echoes(peer, { list: [], map: {}, deep: [[["x", null, true]]] }, 2);
    await peer.leave();
  },

  async big() {
    const peer = await Peer.join();
    for (const size of [125, 126, 65535, 65536, 1 << 20]) {
      await echoes(peer, "ü".repeat(size / 2), size);
    }
    await peer.leave();
  },

  // As large as a message may be: deflated both ways, or neither.
  async deflate() {
    const body = Array.from({ length: 5000 }, (_, i) => ({ id: i, on: true }));
    for (const settings of [true, { threshold: 0 },
      { serverMaxWindowBits: 9, clientMaxWindowBits: 9, threshold: 0 },
      { serverNoContextTakeover: true, clientNoContextTakeover: true }]) {
      const peer = await Peer.join(HERE, { perMessageDeflate: settings });
      assert.match(peer.socket.extensions, /^permessage-deflate/);
      const received = () => peer.socket._socket.bytesRead;
      await echoes(peer, "small", 1);
      const before = received();
      await echoes(peer, body, 2);
      assert(received() - before < JSON.stringify(body).length / 3);
      await peer.leave();
    }
    const peer = await Peer.join(HERE, { perMessageDeflate: false });
    assert.equal(peer.socket.extensions, "");
    await echoes(peer, body, 1);
    await peer.leave();
  },

  async ids() {
    const peer = await Peer.join();
    for (const id of ["9007199254740993", "9223372036854775807", "é-7"]) {
      await echoes(peer, id, id);
    }
    // JSON.parse would round these.
    for (const id of ["9007199254740993", "9223372036854775807",
      "-9223372036854775808"]) {
      peer.socket.send(`["echo",${id},${id}]`);
      assert.equal(await peer.takeText(), `["echo",${id},${id}]`);
    }
    await peer.leave();
  },

  async ping() {
    const peer = await Peer.join();
    for (const payload of ["", "still there?", "x".repeat(125)]) {
      peer.socket.ping(payload);
      const [answer] = await once(peer.socket, "pong");
      assert.equal(String(answer), payload);
    }
    peer.say("ping", { at: 1 }, 9);
    assert.deepEqual(await peer.take(), ["pong", { at: 1 }, 9]);
    await peer.leave();
  },

  async subprotocol() {
    const peer = await Peer.join(HERE, ["other", "base.v1"]);
    assert.equal(peer.socket.protocol, "base.v1");
    await peer.leave();
  },

  async closing() {
    for (const [code, reason] of [[1000, ""], [3001, "enough"], [4321, "é"]]) {
      const peer = await Peer.join();
      peer.socket.close(code, reason);
      assert.equal((await peer.closed).code, code);
    }
    const peer = await Peer.join();
    peer.say("leave");
    assert.deepEqual(await peer.closed, { code: 4100, reason: "as you wish" });
  },

  async stranger() {
    const peer = new Peer(`ws://127.0.0.1:${PORT}/`);
    const { code, reason } = await peer.closed;
    assert.equal(code, 4001);
    assert(reason.length > 0);
  },

  async restart() {
    const peer = await Peer.join();
    console.log("joined");
    const [command, { after }] = await peer.take();
    assert.equal(command, "reconnect");
    assert(after >= 0);
    const { code, reason } = await peer.closed;
    assert.equal(code, 1012);
    assert(reason.length > 0);
  },

  async many() {
    const COUNT = 500;
    const peers = await Promise.all(Array.from({ length: 10 },
      () => Peer.join()));
    for (let id = 1; id <= COUNT; id++) {
      for (const peer of peers) peer.say("echo", { id }, id);
    }
    for (const peer of peers) {
      for (let id = 1; id <= COUNT; id++) {
        assert.deepEqual(await peer.take(), ["echo", { id }, id]);
      }
    }
    await Promise.all(peers.map((peer) => peer.leave()));
  },

  async tls() {
    const url = `wss://localhost:${PORT}/?user=ada`;
    const trust = { ca: readFileSync(CERTIFICATE), family: 4 };
    const peer = await Peer.join(url, trust);
    await echoes(peer, "ü".repeat(100_000), 1);
    // More than is read: first the answers stop, then the questions, then all
    // of it goes on.
    const COUNT = 2000;
    const body = (id) => "x".repeat((id * 7919) % 20_000);
    peer.socket.pause();
    for (let id = 1; id <= COUNT; id++) peer.say("echo", body(id), id);
    await new Promise((resolve) => { setTimeout(resolve, 500); });
    peer.socket.resume();
    for (let id = 1; id <= COUNT; id++) {
      assert.deepEqual(await peer.take(), ["echo", body(id), id]);
    }
    await peer.leave();

    const doubter = new WebSocket(url, { family: 4 });
    const [error] = await once(doubter, "error");
    assert.match(error.code, /SELF_SIGNED/);
  },
};

await stories[process.argv[2]]();
