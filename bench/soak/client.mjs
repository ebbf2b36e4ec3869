// One client of the soak: connects, is welcomed, asks, and checks that every
// answer is the one that comes next. It leaves in one of four ways.
import { createRequire } from "node:module";

const WebSocket = createRequire(import.meta.url)("ws");

export class Client {
  // `world`: where the server is, and what is counted: see soak.mjs.
  constructor(world, id) {
    this.world = world;
    this.id = String(id);
    this.asked = []; // [id, what the answer must be, when], the oldest first
    this.number = 0;
    this.began = performance.now();
    this.isOpen = false;
    const isSecure = id % 4 === 0;
    const url = isSecure ? `wss://127.0.0.1:${world.port}/?id=${id}`
      : `ws+unix://${world.folder}/soak.sock:/?id=${id}`;
    this.socket = new WebSocket(url, {
      rejectUnauthorized: false, perMessageDeflate: id % 8 < 2,
    });
    this.socket.on("message", (bytes) => this.#take(String(bytes)));
    this.socket.on("close", (code) => this.#closed(code));
    this.socket.on("error", (error) => this.#fail(`broke: ${error.message}`));
  }

  #fail(what) {
    if (!this.isLeaving) this.world.fail(`client ${this.id} ${what}`);
  }

  #closed(code) {
    if (!this.isLeaving) this.#fail(`was closed with ${code}`);
    if (this.isLeaving === "close" && code !== 1000)
      this.world.fail(`client ${this.id} closed, and heard ${code}`);
    this.isOpen = false;
    this.world.left(this);
  }

  #say(...message) {
    this.socket.send(JSON.stringify(message));
  }

  #take(text) {
    const [command, body, id] = JSON.parse(text);
    if (command === "authenticated") {
      if (body.id !== this.id) this.#fail(`was welcomed as ${body.id}`);
      this.isOpen = true;
    } else if (command === "question") {
      this.#say("answer", body, id);
    } else if (command === "told") {
      this.world.counts.told++;
    } else {
      this.#takeAnswer(command, body, id, text);
    }
  }

  #takeAnswer(command, body, id, text) {
    const next = this.asked.shift();
    if (!next || next.id !== id || next.command !== command ||
        !next.isGood(body)) {
      this.#fail(`got '${text.slice(0, 80)}' for ` +
        `'${next?.command}' ${next?.id}`);
      return;
    }
    this.world.counts.answers++;
    if (command === "echo") this.world.latency(performance.now() - next.at);
  }

  ask(command, body, isGood = (answer) => answer === body) {
    const id = ++this.number;
    this.asked.push({ id, command, isGood, at: performance.now() });
    this.#say(command, body, id);
  }

  // Whether it waits for nothing.
  get isQuiet() {
    return this.isLeaving || (this.isOpen && this.asked.length === 0);
  }

  // Says, once, that it has waited longer than so many milliseconds.
  complain(patience) {
    const since = this.isOpen ? this.asked[0]?.at : this.began;
    if (this.isQuiet || this.hasComplained ||
        performance.now() - since <= patience) return;
    this.hasComplained = true;
    this.#fail(this.isOpen ? "is not answered" : "is not welcomed");
  }

  leave(how) {
    this.isLeaving = how;
    this.isOpen = false;
    if (how === "close") this.socket.close(1000);
    else if (how === "vanish") this.socket.terminate();
    else if (how === "reset") reset(this.socket);
    else { // in the middle of a message
      this.socket.send("[\"echo\"", { fin: false });
      this.socket.terminate();
    }
  }
}

// Only what is no TLS and no Unix socket knows a reset.
function reset(socket) {
  const stream = socket._socket;
  if (stream?._parent?.resetAndDestroy) stream._parent.resetAndDestroy();
  socket.terminate();
}
