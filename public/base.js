/*
 * The client of Base, @base-server/client 0.1.0. This file is built from client/src:
 * change that, and run `npm run build` in client/. docs/reference/client.md
 * says what it does.
 */

// src/message.ts
function write(...elements) {
  while (elements[elements.length - 1] === void 0) elements.pop();
  return JSON.stringify(elements);
}
function toMessage([command, body, position]) {
  return { command, body, id: null, channel: null, position };
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

// src/channel.ts
var Channel = class {
  /** @internal */
  constructor(membership, host) {
    this.membership = membership;
    this.host = host;
  }
  membership;
  host;
  get name() {
    return this.membership.name;
  }
  /** Users by id, with their info: always the same Map, kept up to date. */
  get members() {
    return this.membership.members.map;
  }
  /** How many are in it; null where the channel does not tell. */
  get count() {
    return this.membership.members.count;
  }
  /** False where only `count` is known: there are too many, or the channel
   * does not tell. */
  get isListed() {
    return this.membership.members.isListed;
  }
  /** Of the last message; null where the channel keeps none. */
  get position() {
    return this.membership.inbox.position;
  }
  /** Calls handler(members, { count, came, went }) now and at every change. */
  onMembers(handler) {
    return this.membership.members.on(handler);
  }
  /** Calls the handler when messages may be missing: the application reads its
   * state anew. */
  onLost(handler) {
    return this.membership.onLost.add("", handler);
  }
  /**
   * Calls handler(body, { position, isRecovered }) for each such message;
   * "$left" is told when the server ends the membership.
   */
  on(command, handler) {
    return this.membership.inbox.on(command, handler);
  }
  /** Sends to the channel; see client.send. */
  send(command, ...[body, options]) {
    return this.host.transmit(
      write(command, body, void 0, this.name),
      options
    );
  }
  /** Sends to the channel and waits until it is published; see client.ask. The
   * answer's body has the position, where there is one. */
  ask(command, ...[body, options]) {
    return this.membership.ask(command, body, options);
  }
  /** The newest messages before a position, 100 if nothing else is said, in
   * their order. */
  async history({ before, limit, ...options } = {}) {
    const { body } = await this.membership.ask("$history", { before, limit }, options);
    return body.messages.map(([command, body2, position]) => ({ command, body: body2, position }));
  }
  /**
   * Joins, and joins again after each loss until it leaves. Resolves when it is
   * in; rejects when it is refused, or the connection is closed for good.
   * @param body for the rule of the channel, in place of the option
   */
  join(body = this.membership.options.body) {
    return this.membership.join(body);
  }
  /** Resolves when it is out. */
  leave() {
    return this.membership.leave();
  }
};

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
    const done = () => tell(`${status}: ${words}`.replace(/[\s:]+$/, ""));
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
  let isOpen = false;
  let why = "";
  const end = (code = 1006, reason = "") => {
    if (!isOurs) return;
    isOurs = false;
    listener.ended(code, reason || why);
  };
  socket.onopen = () => {
    isOpen = true;
    if (isOurs) listener.opened();
  };
  socket.onmessage = ({ data }) => isOurs && listener.received(data);
  socket.onclose = ({ code, reason }) => end(code, reason);
  socket.onerror = ({ message, error } = {}) => {
    why = message || error?.message || error?.code || "";
    if (!isOpen) after(0, end);
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

// src/inbox.ts
var MOST_KEPT = 1e3;
var Inbox = class {
  /**
   * `otherwise` is asked to handle what has no handler here, and says whether
   * it did.
   */
  constructor(otherwise) {
    this.otherwise = otherwise;
  }
  otherwise;
  handlers = new Handlers();
  /** Of the last message, and the history in which it counts. */
  position = null;
  epoch = null;
  #kept = [];
  #willDrain = false;
  on(command, handler) {
    const stop = this.handlers.add(command, handler);
    this.drain();
    return stop;
  }
  /** Takes one; a position that is not after the last one came already. A gap
   * is no loss: a script may leave a sender out. */
  take({ command, body, position }, isRecovered) {
    if (position !== null) {
      if (this.position !== null && position <= this.position) return;
      this.position = position;
    }
    const item = [command, body, { position, isRecovered }];
    if (this.#willDrain || !this.#give(item)) this.#keep(item);
  }
  /** Begins anew at a position; what was kept belongs to what was before. */
  reset(epoch, position) {
    this.epoch = epoch;
    this.position = position;
    this.#kept = [];
  }
  /** Gives what was kept, after the handlers of this turn have been added. */
  drain() {
    if (this.#willDrain || !this.#kept[0]) return;
    this.#willDrain = true;
    queueMicrotask(() => {
      this.#willDrain = false;
      for (const item of this.#kept.splice(0)) {
        if (this.#willDrain || !this.#give(item)) this.#keep(item);
      }
    });
  }
  #keep(item) {
    if (this.#kept.push(item) > MOST_KEPT) this.#kept.shift();
  }
  #give([command, body, place]) {
    if (!this.handlers.has(command)) {
      return this.otherwise(command, body, place);
    }
    this.handlers.call(command, body, place);
    return true;
  }
};

// src/members.ts
var Members = class {
  /** Always the same one. */
  map = /* @__PURE__ */ new Map();
  count = null;
  /** False where only `count` is known. */
  isListed = false;
  #handlers = new Handlers();
  on(handler) {
    run(handler, this.map, { count: this.count, came: /* @__PURE__ */ new Map(), went: [] });
    return this.#handlers.add("", handler);
  }
  /** Takes in what "$joined" tells, which is all. On a first join nobody
   * counts as coming. */
  begin({ members, count, listed = !!members }, isFirst) {
    this.update({ members: members ?? {}, count, listed }, isFirst);
  }
  /** Takes in what "$members" tells. */
  update(news, isFirst = false) {
    const { map } = this;
    const { count = null, listed = this.isListed, members } = news;
    const isAll = members || !listed;
    const here = new Map(Object.entries(members ?? news.came ?? {}));
    const gone = isAll ? [...map.keys()].filter((id) => !here.has(id)) : news.went ?? [];
    const went = gone.filter((id) => map.delete(id));
    const came = /* @__PURE__ */ new Map();
    for (const [id, info] of here) {
      if (JSON.stringify(map.get(id)) === JSON.stringify(info)) continue;
      map.set(id, info);
      if (!isFirst) came.set(id, info);
    }
    const isNew = isFirst || count !== this.count || listed !== this.isListed || went[0] !== void 0 || came.size;
    this.count = count;
    this.isListed = listed;
    if (isNew) this.#handlers.call("", map, { count, came, went });
  }
};

// src/membership.ts
var PASSING = ["busy", "rate", "timeout", "cluster", "failed", "memory"];
var AGAIN = 4;
var MOST_FILLED = 1e3;
var Membership = class {
  // what came meanwhile
  constructor(name, host) {
    this.name = name;
    this.host = host;
    this.inbox = new Inbox((...message) => host.handle(name, ...message));
  }
  name;
  host;
  /** A join is to be sent. */
  isDue = false;
  /** A join, or what fills a gap, is under way: what comes waits. */
  isSettling = false;
  options = {};
  inbox;
  members = new Members();
  onLost = new Handlers();
  #isWanted = false;
  #isHere = false;
  // in it with this connection
  #wasHere = false;
  // what comes now goes on from what was before
  #entry = null;
  // of join()
  #joinId = null;
  // of the join that is under way
  #letIn = null;
  // a script's "$joined" meanwhile
  #held = [];
  join(body) {
    this.options.body = body;
    this.#isWanted = this.isDue = true;
    if (!this.#entry) {
      const entry = this.#entry = {};
      entry.promise = new Promise((resolve, reject) => {
        Object.assign(entry, { resolve, reject });
      });
    }
    const { promise } = this.#entry;
    this.host.next();
    return promise;
  }
  async leave() {
    this.#forget(failure({ code: "left", message: "left the channel" }));
    if (this.host.isOpen()) {
      await this.ask("$leave", void 0, { queue: false });
    }
  }
  async ask(command, body, options) {
    return this.host.ask((id) => write(command, body, id, this.name), options);
  }
  /** Another connection, or another user. */
  retry() {
    if (!this.isSettling) this.isDue = this.#isWanted && !this.#isHere;
  }
  /** Sends the join. */
  enter() {
    const { epoch, position } = this.inbox;
    const { last, body } = this.options;
    this.isDue = false;
    this.isSettling = true;
    const wish = !this.#wasHere ? { last } : position !== null ? { since: position, epoch } : {};
    let mine;
    this.host.ask((id) => {
      this.#joinId = mine = id;
      return write("$join", { body, ...wish }, id, this.name);
    }, { queue: false }).catch((error) => {
      if (this.#joinId === mine) this.#refused(error);
    });
  }
  /** Takes a message of this channel. */
  receive(message) {
    const { command, body, id } = message;
    if (command === "$joined") this.#joined(message);
    else if (id !== null) this.#answered(command, body, id);
    else if (command === "$left") this.#left(body);
    else if (command === "$members") {
      if (this.#isHere) this.members.update(body);
    } else if (command === "error") this.inbox.take(message, false);
    else if (this.isSettling) this.#held.push(message);
    else if (this.#isHere) this.inbox.take(message, false);
  }
  #answered(command, body, id) {
    if (command === "error" && id === this.#joinId) {
      this.#refused(failure(body ?? {}));
    }
    if (command === "$left") this.#held = [];
  }
  /** The connection was lost. */
  lost() {
    this.#isHere = this.isDue = this.isSettling = false;
    this.#joinId = this.#letIn = null;
    this.#held = [];
  }
  /** The connection was closed for good. */
  closed(error) {
    if (this.#entry) this.#forget(error);
  }
  #joined(message) {
    const { body, id, position } = message;
    if (id === null && this.#joinId !== null) {
      this.#letIn = message;
      return;
    }
    if (id !== this.#joinId) return;
    const { epoch = null, missed = [], recovered } = body;
    const inbox = this.inbox;
    const before = inbox.position;
    const isFirst = !this.#wasHere;
    const isSame = epoch !== null && epoch === inbox.epoch;
    const isHere = this.#isHere && recovered === void 0 && isSame;
    const isComplete = isFirst || recovered || this.#isHere && recovered !== false;
    this.#isHere = this.#wasHere = true;
    this.members.begin(body, isFirst);
    if (isComplete) {
      if (epoch !== inbox.epoch) inbox.reset(epoch, null);
      for (const kept of missed) inbox.take(toMessage(kept), true);
      if (!isHere) inbox.position = position;
    } else if (id === null && isSame && position > before) {
      this.#fill(before, position);
      return;
    } else if (id !== null || !isSame || position !== before) {
      this.#lose(epoch, position);
    }
    this.#settle();
  }
  /* A script let the connection in again, and nobody said what was missed. */
  async #fill(since, position) {
    const held = this.#held;
    const limit = position - since;
    let list = [];
    this.isSettling = true;
    try {
      if (limit <= MOST_FILLED) {
        const { body } = await this.ask(
          "$history",
          { before: position + 1, limit },
          { queue: false }
        );
        if (body.epoch === this.inbox.epoch) list = body.messages;
      }
    } catch {
    }
    if (held !== this.#held) return;
    if (list.length === limit) {
      for (const kept of list) this.inbox.take(toMessage(kept), true);
    } else {
      this.#lose(this.inbox.epoch, position);
    }
    this.#settle();
  }
  #lose(epoch, position) {
    this.inbox.reset(epoch, position);
    this.onLost.call("");
  }
  /* It is in. What came meanwhile is behind what was missed. */
  #settle() {
    this.isSettling = false;
    this.#joinId = this.#letIn = null;
    for (const message of this.#held.splice(0)) {
      this.inbox.take(message, false);
    }
    this.#entry?.resolve();
    this.#entry = null;
    this.host.next();
  }
  #refused(error) {
    const letIn = this.#letIn;
    const isFirst = this.#entry;
    this.isSettling = false;
    this.#joinId = this.#letIn = null;
    if (error.code === "closed") return;
    if (letIn) {
      this.#joined(letIn);
    } else if (this.#isHere) {
      this.#entry?.reject(error);
      this.#entry = null;
      this.#settle();
    } else if (!isFirst && PASSING.includes(error.code)) {
      after(1 + Math.random() * (AGAIN - 1), () => {
        this.retry();
        this.host.next();
      });
    } else if (isFirst || this.host.isUser() || error.code !== "forbidden") {
      this.#forget(error);
      if (!isFirst) this.#tellLeft(error.message, error.code);
    }
    this.host.next();
  }
  #left(body) {
    if (!this.#isHere) return;
    const { reason } = body ?? {};
    this.#forget(failure({ code: "left", message: reason }));
    this.#tellLeft(reason);
  }
  #tellLeft(reason, code) {
    this.inbox.handlers.call("$left", { reason, code });
  }
  /* It is out, and does not want to be in. */
  #forget(error) {
    this.#isWanted = this.#wasHere = false;
    this.lost();
    this.inbox.reset(null, null);
    this.members.begin({}, false);
    this.#entry?.reject(error);
    this.#entry = null;
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
var JOINS = 16;
var Client = class {
  #options;
  #line;
  #queue;
  #questions = new Questions();
  #handlers = new Handlers();
  #answerers = /* @__PURE__ */ new Map();
  #watchers = new Handlers();
  #channels = /* @__PURE__ */ new Map();
  // that the application knows
  #memberships = /* @__PURE__ */ new Map();
  #host;
  #user;
  // id of the last user that it was authenticated as
  /** @internal */
  constructor(url, options) {
    this.#options = options;
    this.#queue = new Queue(options.queueCount, options.queueBytes);
    this.#host = {
      isOpen: () => this.state.name === "open",
      isUser: () => !!this.state.user,
      transmit: (text, options2) => this.#transmit(text, options2),
      ask: (text, options2) => this.#ask(text, options2),
      handle: (...message) => this.#handle(...message),
      next: () => this.#join()
    };
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
  /** Calls handler(body) for each such message; returns a function to stop. Of
   * a channel that a script let the connection in and that client.channel has
   * not been asked for, it calls handler(body, { channel, position }). */
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
  /** A channel, the same value for the same name. It is joined by join(). */
  channel(name, options = {}) {
    const membership = this.#find(name);
    Object.assign(membership.options, options);
    const channel = this.#channels.get(name) ?? new Channel(membership, this.#host);
    this.#channels.set(name, channel);
    return channel;
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
    return state.name === "open" && (this.#queue.isEmpty || !!state.user || this.#options.guest) && !this.#due[0];
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
      const error = closed({ code, reason });
      this.#questions.close(() => true, error);
      for (const each of this.#memberships.values()) each.closed(error);
    }
    if (state.name === "open") {
      if (state.user) this.#known(state.user);
      for (const each of this.#memberships.values()) each.retry();
      this.#join();
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
  #find(name) {
    const membership = this.#memberships.get(name) ?? new Membership(name, this.#host);
    this.#memberships.set(name, membership);
    return membership;
  }
  get #due() {
    return [...this.#memberships.values()].filter(({ isDue }) => isDue);
  }
  /* Joins channels, some at a time, and sends what waits behind that. */
  #join() {
    const { state } = this;
    if (state.name !== "open") return;
    let underWay = 0;
    for (const { isSettling } of this.#memberships.values()) {
      if (isSettling) underWay++;
    }
    for (const membership of this.#due) {
      if (!membership.isSettling && underWay++ < JOINS) membership.enter();
    }
    if ((state.user || this.#options.guest) && !this.#due[0]) {
      this.#queue.flush((text) => this.#line.write(text));
    }
  }
  /* What waits goes with the next connection; what was under way does not. */
  #lost(code, reason) {
    this.#questions.close(
      (id) => !this.#queue.has(id),
      closed({ code, reason })
    );
    for (const each of this.#memberships.values()) each.lost();
  }
  #receive(text) {
    const message = read(text);
    if (!message) return;
    const { command, body, id, channel } = message;
    if (typeof id === "string" && id.startsWith("$")) {
      this.#reply(command, body, id);
      return;
    }
    const isKnown = channel !== null && (command === "$joined" || this.#memberships.has(channel));
    if (isKnown) this.#find(channel).receive(message);
    if (id !== null) this.#questions.settle(id, command, body);
    else if (!isKnown) this.#hear(message);
  }
  #hear({ command, body, channel, position }) {
    if (command === "reconnect") this.#line.askedFor(body?.after);
    if (command === "authenticated") this.#line.authenticated(body);
    if (command === "expired") run(this.#options.expired, this);
    this.#handlers.call(
      command,
      body,
      { channel, position, isRecovered: false }
    );
  }
  /* A handler of the client's takes what comes of channels that the
     application does not know, and errors. */
  #handle(channel, command, body, place) {
    if (this.#channels.has(channel) && command !== "error") return false;
    if (!this.#handlers.has(command)) return false;
    this.#handlers.call(command, body, { channel, ...place });
    return true;
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
