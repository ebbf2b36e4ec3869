/*
 * The client of Base, @base-server/client 0.1.0. This file is built from client/src:
 * change that, and run `npm run build` in client/. docs/reference/client.md
 * says what it does.
 */

// src/codes.ts
var VERDICTS = [1e3, 1002, 1003, 1007, 1008, 1009, 1010, 4001, 4003, 4009];
function isVerdict(code) {
  return VERDICTS.includes(code) || code >= 3e3 && code < 4e3 || code >= 4100;
}
function isSendable(code) {
  return code === 1e3 || code >= 3e3 && code <= 4999;
}

// src/failure.ts
function failure({ code, message, data, ref }) {
  return Object.assign(new Error(message ?? code), { code, data, ref });
}
function closed({ code, reason }, otherwise = "connection lost") {
  const data = code === void 0 ? void 0 : { code, reason };
  return failure({ code: "closed", message: reason || otherwise, data });
}

// src/handlers.ts
async function run(handler, ...args) {
  try {
    await handler?.(...args);
  } catch (error) {
    console.error(error);
  }
}
function after(seconds, then) {
  return setTimeout(then, Math.min(seconds * 1e3, 2 ** 31 - 1));
}
var Handlers = class {
  #lists = /* @__PURE__ */ new Map();
  /** Returns a function that takes the handler away again. */
  add(command, handler) {
    const own = (...args) => handler(...args);
    const list = this.#lists.get(command) ?? /* @__PURE__ */ new Set();
    this.#lists.set(command, list.add(own));
    return () => {
      list.delete(own);
    };
  }
  has(command) {
    return !!this.#lists.get(command)?.size;
  }
  call(command, ...args) {
    for (const handler of [...this.#lists.get(command) ?? []]) {
      run(handler, ...args);
    }
  }
};

// src/comeback.ts
var Comeback = class {
  // when it can be tried again
  constructor(delay, delayMax) {
    this.delay = delay;
    this.delayMax = delayMax;
  }
  delay;
  delayMax;
  #tries = 0;
  #rest = 0;
  // seconds of the stretch in which the last try was
  #after = 0;
  // seconds that the server wants to be left alone
  #earliest = 0;
  /** It was a good connection: the next try comes soon. */
  reset() {
    this.#tries = this.#rest = 0;
  }
  /** The server said ["reconnect", {"after": seconds}]. */
  askedFor(seconds) {
    this.#after = Number(seconds) || 0;
  }
  /** Seconds until the next try, after a loss. */
  next() {
    const limit = Math.min(this.delayMax, this.delay * 2 ** this.#tries++);
    const part = Math.random() * limit;
    const seconds = Math.max(this.#after, this.#rest + part);
    this.#rest = limit - part;
    this.#earliest = Date.now() + this.#after * 1e3;
    this.#after = 0;
    return seconds;
  }
  /** Seconds until it can be tried when the network is back: none, unless the
   * server named a time. */
  soonest() {
    return Math.max(0, this.#earliest - Date.now()) / 1e3;
  }
};

// src/message.ts
function write(...elements) {
  while (elements[elements.length - 1] === void 0) elements.pop();
  return JSON.stringify(elements);
}
function read(text) {
  try {
    const list = JSON.parse(text);
    if (Array.isArray(list)) {
      const [
        command,
        body = null,
        id = null,
        channel = null,
        position = null
      ] = list;
      return { command, body, id, channel, position };
    }
  } catch {
  }
  console.error(`not a message of Base: ${text.slice(0, 100)}`);
  return null;
}
function bytesOf(text) {
  return encodeURIComponent(text).replace(/%../g, "x").length;
}

// src/signs.ts
var TICK = 1;
var JUMP = 3;
function isOffline() {
  return globalThis.navigator?.onLine === false;
}
function watch(tell) {
  const { document, addEventListener, removeEventListener } = globalThis;
  const onEvent = () => tell(0);
  const onVisible = () => document.hidden || tell(0);
  let last = Date.now();
  const ticker = setInterval(() => {
    const slept = (Date.now() - last) / 1e3;
    last = Date.now();
    if (slept > JUMP) tell(document?.hidden ? 0 : slept);
  }, TICK * 1e3);
  if (addEventListener) {
    addEventListener("online", onEvent);
    addEventListener("offline", onEvent);
  }
  document?.addEventListener("visibilitychange", onVisible);
  return () => {
    clearInterval(ticker);
    if (removeEventListener) {
      removeEventListener("online", onEvent);
      removeEventListener("offline", onEvent);
    }
    document?.removeEventListener("visibilitychange", onVisible);
  };
}

// src/socket.ts
var WORDS = 1e3;
function make(url, options) {
  const own = globalThis.WebSocket;
  const { WebSocket = own, protocols, headers } = options;
  if (!WebSocket) {
    throw new Error("There is no WebSocket here: in Node before 22, give that of the package ws as the option WebSocket");
  }
  if (!headers) return new WebSocket(url, protocols);
  const { process, document } = globalThis;
  const isServer = WebSocket === own && process?.versions?.node && !document;
  return isServer ? new WebSocket(url, { protocols, headers }) : new WebSocket(url, protocols, { headers });
}
function onRefusal(socket, tell) {
  socket.on?.("unexpected-response", (_request, response) => {
    const status = `${response.statusCode} ${response.statusMessage}`;
    let words = "";
    const done = () => tell(words.trim() ? `${status}: ${words.trim()}` : status);
    response.setEncoding("utf8");
    response.on("data", (text) => {
      words = (words + text).slice(0, WORDS);
    });
    response.on("end", done);
    response.on("error", done);
  });
}
function open(url, options, listener) {
  const socket = make(url, options);
  let isOurs = true;
  let why = "";
  const end = (code = 1006, reason = "") => {
    if (!isOurs) return;
    isOurs = false;
    listener.ended(code, reason || why);
  };
  socket.onopen = () => isOurs && listener.opened();
  socket.onmessage = ({ data }) => isOurs && listener.received(data);
  socket.onclose = ({ code, reason }) => end(code, reason);
  socket.onerror = ({ message, error } = {}) => {
    why = message || error?.message || error?.code || "";
  };
  onRefusal(socket, (reason) => {
    end(1006, reason);
    socket.close();
  });
  return {
    send(text) {
      if (!isOurs || socket.readyState !== 1) return false;
      socket.send(text);
      return true;
    },
    close(code, reason) {
      isOurs = false;
      socket.close(code, reason);
    }
  };
}

// src/line.ts
var STEADY = 10;
var AWAKE = 1;
var DOUBT = 3;
var Line = class {
  constructor(url, options, owner) {
    this.url = url;
    this.options = options;
    this.owner = owner;
    this.#comeback = new Comeback(options.delay, options.delayMax);
  }
  url;
  options;
  owner;
  state = { name: "closed" };
  /** Another number for each connection. */
  epoch = 0;
  #socket = null;
  #timer;
  // the only one: gives up opening, notices silence, comes back
  #openedAt = Infinity;
  #comeback;
  #stopWatching = null;
  /** Raises at a url that is a text and none that the platform takes. */
  open() {
    const { url, options } = this;
    if (typeof url === "string") {
      this.#connect(url);
    } else {
      const asking = { send: () => false, close() {
      } };
      this.#socket = asking;
      Promise.resolve().then(url).then((found) => {
        if (this.#socket === asking) this.#connect(found);
      }).catch((error) => {
        const reason = String(error?.message ?? error);
        if (this.#socket === asking) this.#lost(1006, reason);
      });
    }
    this.#stopWatching ??= watch((slept) => this.#doubt(slept));
    this.#wait(options.opening, () => this.#lost(1006, "no handshake"));
    this.#enter({ name: "connecting" });
  }
  reopen() {
    this.#letGo(1e3, "reconnecting");
    this.#comeback.reset();
    this.#comeback.askedFor(0);
    this.open();
  }
  close(code, reason) {
    if (this.state.name === "closed") return;
    this.#socket?.close(code, reason);
    this.#letGo(code, reason);
    this.#end(code, reason);
  }
  /** False if it is not open. */
  write(text) {
    const isSent = !!this.#socket?.send(text);
    if (isSent) run(this.options.trace, "sent", text);
    return isSent;
  }
  authenticated(user) {
    this.#enter({ name: "open", user });
  }
  askedFor(seconds) {
    this.#comeback.askedFor(seconds);
  }
  #connect(url) {
    this.#socket = open(url, this.options, {
      opened: () => {
        this.#openedAt = Date.now();
        this.#noticeSilence();
        this.#enter({ name: "open", user: null });
      },
      received: (data) => {
        this.#noticeSilence();
        if (typeof data !== "string") return;
        run(this.options.trace, "received", data);
        this.owner.received(data);
      },
      ended: (code, reason) => this.#lost(code, reason)
    });
  }
  /* Nothing that the socket says counts from here on. */
  #letGo(code, reason) {
    const socket = this.#socket;
    this.#socket = null;
    this.epoch++;
    this.#openedAt = Infinity;
    clearTimeout(this.#timer);
    socket?.close();
    this.owner.lost(code, reason);
  }
  #lost(code, reason) {
    const comeback = this.#comeback;
    if (Date.now() - this.#openedAt > STEADY * 1e3) comeback.reset();
    this.#letGo(code, reason);
    if (isVerdict(code)) return this.#end(code, reason);
    const seconds = comeback.next();
    this.#wait(seconds, () => this.#again());
    this.#enter({ name: "waiting", seconds, code, reason });
  }
  /* A url that was good once is no reason to raise from a timer. */
  #again() {
    try {
      this.open();
    } catch (error) {
      this.#lost(1006, String(error?.message ?? error));
    }
  }
  #end(code, reason) {
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#enter({ name: "closed", code, reason });
  }
  #enter(state) {
    this.state = state;
    this.owner.entered(state);
  }
  #wait(seconds, then) {
    clearTimeout(this.#timer);
    this.#timer = after(seconds, then);
  }
  /* Browsers cannot see protocol pings, so the question is a message. Whatever
     comes is a sign of life and begins this again. */
  #noticeSilence() {
    const { silence, patience } = this.options;
    this.#wait(silence, () => this.#ping(patience));
  }
  #ping(patience) {
    this.write(write("ping", null, 0));
    this.#wait(patience, () => this.#lost(1006, "silence"));
  }
  /* The network or the machine has changed. After a sleep longer than silence
     may last, nobody expects the connection to live. */
  #doubt(slept) {
    const { name } = this.state;
    const { silence, patience } = this.options;
    if (name === "waiting") {
      if (isOffline()) return;
      this.#wait(this.#comeback.soonest(), () => this.#again());
    } else if (name === "connecting" ? slept : slept > silence) {
      this.#letGo(1006, "slept");
      this.#again();
    } else if (name === "open") {
      this.#ping(Math.min(patience, slept ? AWAKE : DOUBT));
    }
  }
};

// src/queue.ts
var Queue = class {
  constructor(maxCount, maxBytes) {
    this.maxCount = maxCount;
    this.maxBytes = maxBytes;
  }
  maxCount;
  maxBytes;
  #items = [];
  #bytes = 0;
  get isEmpty() {
    return this.#items.length === 0;
  }
  /** False if there is no room. */
  push(text, id) {
    const bytes = bytesOf(text);
    if (this.#items.length >= this.maxCount || this.#bytes + bytes > this.maxBytes) return false;
    this.#items.push({ text, bytes, id });
    this.#bytes += bytes;
    return true;
  }
  /** A question whose time has passed is never sent. */
  drop(id) {
    const found = this.#items.findIndex((item) => item.id === id);
    if (found < 0) return;
    this.#bytes -= this.#items[found].bytes;
    this.#items.splice(found, 1);
  }
  has(id) {
    return this.#items.some((item) => item.id === id);
  }
  /** Writes as long as it can be written. */
  flush(write2) {
    while (this.#items[0] && write2(this.#items[0].text)) {
      this.#bytes -= this.#items.shift().bytes;
    }
  }
  /** Returns the ids of the questions that are not asked now. */
  clear() {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return items.flatMap(({ id }) => id ?? []);
  }
};

// src/questions.ts
var Questions = class {
  #waiting = /* @__PURE__ */ new Map();
  #lastId = 0;
  /**
   * Asks with a new id, and waits so many seconds. `ask` raises if it cannot be
   * asked; `onTimeout` is told when nobody waits any longer.
   */
  add(ask, seconds, onTimeout) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      ask(id);
      const timer = after(seconds, () => {
        onTimeout(id);
        this.settle(id, "error", { code: "timeout" });
      });
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }
  /** Ends one. An id that nobody waits for was too late, or is a ping's. */
  settle(id, command, body) {
    const question = this.#take(id);
    if (command === "error") question?.reject(failure(body ?? {}));
    else question?.resolve({ command, body });
  }
  /** Ends those that nobody will answer. */
  close(isGone, error) {
    for (const id of [...this.#waiting.keys()]) {
      if (isGone(id)) this.#take(id).reject(error);
    }
  }
  #take(id) {
    const question = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(question?.timer);
    return question;
  }
};

// src/client.ts
var Client = class {
  #options;
  #line;
  #queue;
  #questions = new Questions();
  #handlers = new Handlers();
  #answerers = /* @__PURE__ */ new Map();
  #watchers = new Handlers();
  #user;
  // id of the last user that it was authenticated as
  /** @internal */
  constructor(url, options) {
    this.#options = options;
    this.#queue = new Queue(options.queueCount, options.queueBytes);
    this.#line = new Line(url, options, {
      received: (text) => this.#receive(text),
      lost: (code, reason) => this.#lost(code, reason),
      entered: (state) => this.#entered(state)
    });
    this.#line.open();
  }
  get state() {
    return this.#line.state;
  }
  /** Calls the handler now and at every change; returns a function to stop. */
  onState(handler) {
    const stop = this.#watchers.add("", handler);
    handler(this.state);
    return stop;
  }
  /** Resolves once the connection is open, rejects if it closes for good: with
   * an Error whose code and message are those of the close. */
  async ready() {
    await this.#until(({ name }) => name === "open");
  }
  /** Resolves with the user, the body of "authenticated"; rejects as ready. For
   * a guest it waits. */
  async authenticated() {
    const state = await this.#until((state2) => !!state2.user);
    return state.user;
  }
  /**
   * Sends and expects no answer. While it is not connected, the message waits
   * until it is authenticated. False if it was not taken: closed for good, or
   * too much waits.
   */
  send(command, ...[body, options]) {
    return this.#transmit(write(command, body), options);
  }
  /**
   * Sends and waits for the answer.
   * @returns {Promise<{command: string, body: any}>} rejects with an Error that
   *   has code, message, data and ref: the server's, or the code is "timeout",
   *   "busy" (too much waits) or "closed" (the connection was lost; it may have
   *   been served). With "closed", message is the reason of the close, and data
   *   has its code and reason: { code: 1012, reason: "the server is restarting"
   *   }.
   */
  ask(command, ...[body, options]) {
    return this.#ask((id) => write(command, body ?? null, id), options);
  }
  /** Calls handler(body) for each such message; returns a function to stop. */
  on(command, handler) {
    return this.#handlers.add(command, handler);
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
    this.#line.reopen();
  }
  /** Ends it for good; throws at a code that no browser lets a page send. */
  close(code = 1e3, reason = "") {
    if (!isSendable(code)) {
      throw new RangeError(`close: 1000 or 3000 to 4999, not ${code}`);
    }
    this.#line.close(code, reason);
  }
  #until(fits) {
    return new Promise((resolve, reject) => {
      const stop = this.onState((state) => {
        if (fits(state)) resolve(state);
        else if (state.name === "closed") {
          const { code, reason } = state;
          reject(failure({ code, message: reason || "closed" }));
        } else return;
        queueMicrotask(() => stop());
      });
    });
  }
  /* Whether what is sent now can be served: what waits goes first. */
  get #isFree() {
    const { state } = this;
    return state.name === "open" && (this.#queue.isEmpty || !!state.user || this.#options.guest);
  }
  /* Now, or behind what waits. False if neither can be. */
  #transmit(text, { queue = true } = {}, id) {
    if ((!queue || this.#isFree) && this.#line.write(text)) return true;
    return queue && this.state.name !== "closed" && this.#queue.push(text, id);
  }
  #ask(text, { queue, timeout = this.#options.timeout } = {}) {
    return this.#questions.add((id) => {
      if (this.#transmit(text(id), { queue }, id)) return;
      const { state } = this;
      if (queue !== false && state.name !== "closed") {
        throw failure({ code: "busy", message: "too many messages wait" });
      }
      throw closed(state, "not connected");
    }, timeout, (id) => this.#queue.drop(id));
  }
  #entered(state) {
    if (state.name === "closed") {
      const { code = 1006, reason = "" } = state;
      this.#queue.clear();
      this.#questions.close(() => true, closed({ code, reason }));
    }
    if (state.name === "open") {
      if (state.user) this.#known(state.user);
      if (state.user || this.#options.guest) this.#flush();
    }
    this.#watchers.call("", state);
  }
  /* What one user left waiting is not sent in the name of another. */
  #known(user) {
    const id = user.id ?? null;
    if (this.#user !== void 0 && this.#user !== id) {
      const given = this.#queue.clear();
      this.#questions.close(
        (id2) => given.includes(id2),
        closed({}, "another user")
      );
    }
    this.#user = id;
  }
  #flush() {
    this.#queue.flush((text) => this.#line.write(text));
  }
  /* What waits goes with the next connection; what was under way does not. */
  #lost(code, reason) {
    this.#questions.close(
      (id) => !this.#queue.has(id),
      closed({ code, reason })
    );
  }
  #receive(text) {
    const message = read(text);
    if (!message) return;
    const { command, body, id } = message;
    if (typeof id === "string" && id.startsWith("$")) {
      this.#reply(command, body, id);
    } else if (id !== null) {
      this.#questions.settle(id, command, body);
    } else {
      this.#hear(message);
    }
  }
  #hear({ command, body }) {
    if (command === "reconnect") this.#line.askedFor(body?.after);
    if (command === "authenticated") this.#line.authenticated(body);
    if (command === "expired") run(this.#options.expired, this);
    this.#handlers.call(command, body);
  }
  async #reply(command, body, id) {
    const { epoch } = this.#line;
    let answer;
    try {
      const answerer = this.#answerers.get(command);
      if (!answerer) throw failure({ code: "unknown" });
      answer = write("ok", await answerer(body), id);
    } catch (error) {
      const isDeclined = typeof error?.code === "string";
      if (!isDeclined) console.error(error);
      answer = write("error", { code: isDeclined ? error.code : "failed" }, id);
    }
    if (epoch === this.#line.epoch) this.#line.write(answer);
  }
};

// src/options.ts
var DEFAULTS = {
  timeout: 65,
  opening: 20,
  silence: 30,
  patience: 10,
  delay: 1,
  delayMax: 30,
  queueCount: 40,
  queueBytes: 262144,
  guest: false
};

// src/index.ts
function connect(url, options = {}) {
  return new Client(url, { ...DEFAULTS, ...options });
}
export {
  connect
};
