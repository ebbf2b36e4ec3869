// When the client comes back, and what brings it back earlier.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, open, ws } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { Proxy } from "./support/proxy.mjs";
import { Server } from "./support/server.mjs";
import { importSource } from "./support/source.mjs";
import { stateOf, until } from "./support/until.mjs";

const { Comeback } = await importSource("comeback");

let server, proxy;
before(async () => {
  server = await Server.start(PROJECT);
  proxy = await Proxy.to(server.port);
});
after(async () => {
  await proxy.stop();
  await server.stop();
});

/* When a client tries that is away for so many seconds. */
function tries(seconds, comeback = new Comeback(1, 30)) {
  const times = [];
  for (let now = comeback.next(); now < seconds; now += comeback.next()) {
    times.push(now);
  }
  return times;
}

test("a server that is away for an hour sees a try each 30 seconds", () => {
  for (let i = 0; i < 100; i++) {
    const times = tries(3600);
    assert(times.length <= 3600 / 30 + 5, `${times.length} tries`);
    assert(times.length >= 3600 / 30, `${times.length} tries`);
    // 1, 2, 4, 8 and 16 seconds, then stretches of 30.
    let begin = 0;
    [1, 2, 4, 8, 16, 30, 30, 30].forEach((length, place) => {
      assert(times[place] >= begin && times[place] <= begin + length + 1e-6);
      begin += length;
    });
  }
});

test("many clients come back at any moment of the time that there is", () => {
  const first = Array.from({ length: 1000 }, () => tries(1)[0]);
  for (let tenth = 0; tenth < 10; tenth++) {
    const { length } = first.filter((at) => Math.floor(at * 10) === tenth);
    assert(length > 50 && length < 200, `${length} of 1000`);
  }
});

test("the time that the server names is kept", () => {
  const comeback = new Comeback(1, 30);
  comeback.askedFor(7);
  const seconds = comeback.next();
  assert(seconds >= 7 && seconds < 7.1);
  const soonest = comeback.soonest();
  assert(soonest > 6.9 && soonest <= 7);
  assert(comeback.next() < 7); // once
  assert.equal(comeback.soonest(), 0);
});

/* A browser's events, for a test. */
function withEvents(t, more = {}) {
  const events = new EventTarget();
  const document = new EventTarget();
  Object.assign(globalThis, {
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    document, ...more,
  });
  t.after(() => {
    for (const key of ["addEventListener", "removeEventListener", "document",
      ...Object.keys(more)]) delete globalThis[key];
  });
  return { events, document };
}

/* Long delays, so that only a sign brings it back in time. */
const PATIENT = { delay: 60, delayMax: 60, silence: 60 };

for (const [target, event] of [["events", "online"],
  ["document", "visibilitychange"]]) {
  test(`${event} brings it back at once`, async (t) => {
    const targets = withEvents(t);
    const client = open(t, proxy, { user: "ada", ...PATIENT });
    await client.authenticated();
    proxy.cut();
    await stateOf(client, "waiting");
    targets[target].dispatchEvent(new Event(event));
    await stateOf(client, "open");
  });
}

test("a page that nobody sees has time", async (t) => {
  const { document } = withEvents(t);
  document.hidden = true;
  const client = open(t, proxy, { user: "ada", ...PATIENT });
  await client.authenticated();
  proxy.cut();
  await stateOf(client, "waiting");
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(client.state.name, "waiting");
});

test("offline tests the connection, which may live", async (t) => {
  const { events } = withEvents(t);
  const sent = [];
  const client = open(t, proxy, { user: "ada", ...PATIENT,
    trace: (direction, text) => sent.push(`${direction} ${text}`) });
  await client.authenticated();
  events.dispatchEvent(new Event("offline"));
  await until(() => sent.includes('received ["pong",null,0]'));
  assert.equal(client.state.name, "open");
});

test("no listener is left when it is closed", (t) => {
  const { events } = withEvents(t);
  let count = 0;
  const add = globalThis.addEventListener;
  const remove = globalThis.removeEventListener;
  globalThis.addEventListener = (...args) => { count++; add(...args); };
  globalThis.removeEventListener = (...args) => { count--; remove(...args); };
  const client = open(t, server, { user: "ada" });
  assert(count > 0);
  client.reconnect();
  client.close();
  assert.equal(count, 0);
  events.dispatchEvent(new Event("online"));
  assert.equal(client.state.name, "closed");
});

/* The clock jumps, as when the machine has slept. */
function sleepFor(t, seconds) {
  const { now } = Date;
  Date.now = () => now() + seconds * 1000;
  t.after(() => { Date.now = now; });
}

test("who slept finds out within a second of waking", async (t) => {
  const client = open(t, proxy, { user: "ada", ...PATIENT });
  await client.authenticated();
  proxy.drop();
  const count = proxy.connections;
  sleepFor(t, 3600);
  const woken = performance.now();
  await stateOf(client, ({ name }) => name !== "open", 3);
  assert(performance.now() - woken < 1500); // a tick of a second, and load
  assert(proxy.connections > count || client.state.name === "connecting");
  proxy.restore();
  await client.authenticated();
});

test("after a nap it asks, and has a second to hear", async (t) => {
  const client = open(t, proxy, { user: "ada", ...PATIENT });
  await client.authenticated();
  proxy.drop();
  sleepFor(t, 5);
  const { code, reason } = await stateOf(client, "waiting", 5);
  assert.deepEqual({ code, reason }, { code: 1006, reason: "silence" });
  proxy.restore();
});

test("a nap that cost nothing changes nothing", async (t) => {
  const received = [];
  const client = open(t, proxy, { user: "ada", ...PATIENT,
    trace: (direction, text) => received.push(text) });
  await client.authenticated();
  const states = [];
  client.onState(({ name }) => states.push(name));
  sleepFor(t, 5);
  await until(() => received.includes('["pong",null,0]'));
  assert.deepEqual(states, ["open"]);
});

test("a server that closes half, and one that is slow", async (t) => {
  const client = open(t, proxy, { user: "ada" });
  await client.authenticated();
  const states = [];
  client.onState(({ name }) => states.push(name));
  proxy.halfClose("client");
  await until(() => states.includes("waiting"));
  proxy.delay(0.2);
  await client.authenticated();
  assert.equal((await client.ask("hello", "slow")).body, "Hello, slow!");
  proxy.delay(0);
});

test("a handshake that does not end is given up", async (t) => {
  proxy.drop();
  const client = open(t, proxy, { user: "ada", opening: 0.1, ...PATIENT });
  assert.equal((await stateOf(client, "waiting")).reason, "no handshake");
  proxy.restore();
});

test("nothing runs on when it is closed while it asks for its url",
  async (t) => {
    let give;
    const client = connect(() => new Promise((resolve) => { give = resolve; }),
      { WebSocket: ws });
    t.after(() => client.close());
    await until(() => give);
    client.close();
    const count = proxy.connections;
    give(proxy.url);
    await client.ready().catch(() => {});
    assert.equal(client.state.name, "closed");
    assert.equal(proxy.connections, count);
  });
