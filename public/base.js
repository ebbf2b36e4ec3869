/**
 * A client of Base, to use or to copy: one WebSocket that speaks
 * [command, body, id], asks and answers, and comes back when it is lost.
 *
 *   import { connect } from "./base.js";
 *
 *   const client = connect("ws://127.0.0.1:9000");
 *   client.on("said", ({ from, text }) => console.log(from, text));
 *   client.answer("question", (text) => prompt(text));
 *   await client.ready();
 *   const { command, body } = await client.ask("hello", "Ada");
 *
 * All times are seconds. JavaScript reads integers beyond 2^53 wrongly: let the
 * server send such ids as strings.
 */

/* Codes that are a verdict: done, mistakes of the protocol, nobody, sent away,
   one too many. After any other a client comes back by itself: lost (1006),
   without a code (1005), a proxy's 1014, a restart, too slow … */
const VERDICTS =
  new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010, 4001, 4003, 4009]);

/* What scripts close with is a verdict, too. */
function isVerdict(code) {
  return VERDICTS.has(code) || (code >= 3000 && code < 4000) || code >= 4100;
}

/* A connection that lasted so long was a good one: the next delay is short. */
const STEADY = 10;

const DEFAULTS = {
  WebSocket: globalThis.WebSocket, // in Node 20, that of the package ws
  timeout: 65, // of ask: a little longer than the server gives an action
  opening: 20, // for the handshake
  silence: 30, // nothing heard for so long: ping
  patience: 10, // still nothing: the connection is lost
  delay: 1, // before coming back: at most this, then twice, four times this …
  delayMax: 30, // … but never more than this
  trace: null, // (direction, text): sees each frame, "sent" or "received"
};

/**
 * Connects, and stays connected until client.close() or until the server closes
 * for good. With cookies in Node: { WebSocket: class extends WebSocket {
 * constructor(url) { super(url, { headers: { cookie: "name=Ada" } }); } } }.
 * @param {string} url "ws://…" or "wss://…"
 * @param {Partial<DEFAULTS>} [options]
 */
export function connect(url, options = {}) {
  return new Client(url, { ...DEFAULTS, ...options });
}

/* What a refused question rejects with: the fields of ["error", {…}, id]. */
function failure({ code, message, data, ref }) {
  return Object.assign(new Error(message ?? code), { code, data, ref });
}

/* What a question rejects with that gets no answer, as nobody is there. */
function notConnected(code, reason, otherwise) {
  const data = code === undefined ? undefined : { code, reason };
  return failure({ code: "closed", message: reason || otherwise, data });
}

/* Neither what a handler throws nor the promise that it breaks may keep others
   from being called, or end the connection. */
async function run(handler, value) {
  try {
    await handler(value);
  } catch (error) {
    console.error(error);
  }
}

/* The list that a frame is; a script may send what is none. */
function parse(text) {
  try {
    const message = JSON.parse(text);
    if (Array.isArray(message)) return message;
  } catch {
    // said below
  }
  console.error(`not a message of Base: ${text.slice(0, 100)}`);
  return null;
}

class Client {
  #url;
  #options;
  #socket = null;
  #state = { name: "closed" };
  #watchers = new Set();
  #handlers = new Map(); // command → Set of functions
  #answerers = new Map(); // command → function
  #asked = new Map(); // id → { resolve, reject, timer }
  #lastId = 0;
  #timer = null; // the only one: gives up opening, notices silence, comes back
  #openedAt = Infinity;
  #failures = 0;
  #after = 0; // what the server's "reconnect" named

  constructor(url, options) {
    this.#url = url;
    this.#options = options;
    this.#open();
  }

  /**
   * { name: "connecting" }
   * { name: "open", user } – user is the body of "authenticated", or null for a
   *   guest and while the server still looks up who this is
   * { name: "waiting", seconds, code, reason } – then connecting again
   * { name: "closed", code, reason } – for good
   */
  get state() {
    return this.#state;
  }

  /** Calls the handler now and at every change; returns a function to stop. */
  onState(handler) {
    this.#watchers.add(handler);
    handler(this.#state);
    return () => this.#watchers.delete(handler);
  }

  /** Resolves once the connection is open, rejects if it closes for good: with
   * an Error whose code and message are those of the close. */
  ready() {
    return new Promise((resolve, reject) => {
      const stop = this.onState(({ name, code, reason }) => {
        if (name === "open") resolve();
        else if (name === "closed") {
          reject(failure({ code, message: reason || "closed" }));
        } else return;
        queueMicrotask(() => stop());
      });
    });
  }

  /** Sends and expects no answer. False if the connection is not open. */
  send(command, body) {
    return this.#write(body === undefined ? [command] : [command, body]);
  }

  /**
   * Sends and waits for the answer.
   * @returns {Promise<{command: string, body: any}>} rejects with an Error that
   *   has code, message, data and ref: the server's, or the code is "timeout"
   *   or "closed" (the connection was lost; it may have been served). With
   *   "closed", message is the reason of the close, and data has its code and
   *   reason: { code: 1012, reason: "the server is restarting" }.
   */
  ask(command, body = null, { timeout = this.#options.timeout } = {}) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      if (!this.#write([command, body, id])) {
        const { code, reason } = this.#state; // of the last close
        return reject(notConnected(code, reason, "not connected"));
      }
      const late = () => this.#settle(id, "error", { code: "timeout" });
      const timer = setTimeout(late, timeout * 1000);
      this.#asked.set(id, { resolve, reject, timer });
    });
  }

  /** Calls handler(body) for each such message; returns a function to stop. */
  on(command, handler) {
    const handlers = this.#handlers.get(command) ?? new Set();
    this.#handlers.set(command, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  /**
   * Answers the server's questions: what handler(body) returns, or the promise
   * it returns comes to, is the answer. Throw an Error with a code to decline.
   */
  answer(command, handler) {
    this.#answerers.set(command, handler);
  }

  /** Connects now, anew if it is open: a changed cookie counts from here on. */
  reconnect() {
    this.#letGo(1000, "reconnecting");
    this.#failures = 0;
    this.#open();
  }

  /** Ends it for good; throws at a code that no browser lets a page send. */
  close(code = 1000, reason = "") {
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new RangeError(`close: 1000 or 3000 to 4999, not ${code}`);
    }
    if (this.#state.name === "closed") return;
    this.#socket?.close(code, reason);
    this.#letGo(code, reason);
    this.#enter({ name: "closed", code, reason });
  }

  #open() {
    const socket = new this.#options.WebSocket(this.#url);
    const ifOurs = (handle) => (event) => {
      if (socket === this.#socket) handle(event);
    };
    socket.onopen = ifOurs(() => {
      this.#openedAt = performance.now();
      this.#noticeSilence();
      this.#enter({ name: "open", user: null });
    });
    socket.onmessage = ifOurs(({ data }) => this.#receive(data));
    socket.onclose = ifOurs(({ code, reason }) => this.#lost(code, reason));
    socket.onerror = () => {}; // a close follows and says more

    this.#socket = socket;
    this.#wait(this.#options.opening, () => this.#lost(1006, "no handshake"));
    this.#enter({ name: "connecting" });
  }

  /* Nothing that the socket says counts from here on. Who waits for an answer
     hears how it was closed. */
  #letGo(code, reason) {
    const socket = this.#socket;
    this.#socket = null;
    this.#openedAt = Infinity;
    this.#after = 0;
    clearTimeout(this.#timer);
    socket?.close();
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer);
      reject(notConnected(code, reason, "connection lost"));
    }
    this.#asked.clear();
  }

  #lost(code, reason) {
    const { delay, delayMax } = this.#options;
    const after = this.#after;
    if (performance.now() - this.#openedAt > STEADY * 1000) this.#failures = 0;
    this.#letGo(code, reason);
    if (isVerdict(code)) {
      return this.#enter({ name: "closed", code, reason });
    }
    // Anywhere between nothing and the limit, so that a thousand clients which
    // were lost together do not come back together.
    const limit = Math.min(delayMax, delay * 2 ** this.#failures++);
    const seconds = Math.max(after, Math.random() * limit);
    this.#wait(seconds, () => this.#open());
    this.#enter({ name: "waiting", seconds, code, reason });
  }

  #enter(state) {
    this.#state = state;
    for (const handler of [...this.#watchers]) run(handler, state);
  }

  #wait(seconds, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, seconds * 1000);
  }

  /* Browsers cannot see protocol pings, so the question is a message. Whatever
     comes is a sign of life and begins this again. */
  #noticeSilence() {
    this.#wait(this.#options.silence, () => {
      this.#write(["ping", null, ++this.#lastId]);
      this.#wait(this.#options.patience, () => this.#lost(1006, "silence"));
    });
  }

  #write(message) {
    if (this.#socket?.readyState !== 1) return false;
    const text = JSON.stringify(message);
    this.#socket.send(text);
    this.#options.trace?.("sent", text);
    return true;
  }

  #receive(text) {
    this.#noticeSilence();
    if (typeof text !== "string") return; // binary is the script's own affair
    this.#options.trace?.("received", text);
    const message = parse(text);
    if (!message) return;
    const [command, body = null, id = null] = message;

    if (typeof id === "string" && id.startsWith("$")) {
      return this.#reply(command, body, id);
    }
    if (id !== null) return this.#settle(id, command, body);
    if (command === "reconnect") this.#after = Number(body?.after) || 0;
    if (command === "authenticated") this.#enter({ name: "open", user: body });
    for (const handler of [...(this.#handlers.get(command) ?? [])]) {
      run(handler, body);
    }
  }

  /* Ends one ask. An id that nobody waits for was too late, or a ping's. */
  #settle(id, command, body) {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    if (command === "error") asked.reject(failure(body ?? {}));
    else asked.resolve({ command, body });
  }

  async #reply(command, body, id) {
    const socket = this.#socket;
    const write = (...message) => {
      if (socket === this.#socket) this.#write(message); // else it asks nobody
    };
    try {
      const answerer = this.#answerers.get(command);
      if (!answerer) throw failure({ code: "unknown" });
      write("ok", await answerer(body), id);
    } catch (error) {
      const declined = typeof error?.code === "string";
      if (!declined) console.error(error);
      write("error", { code: declined ? error.code : "failed" }, id);
    }
  }
}
