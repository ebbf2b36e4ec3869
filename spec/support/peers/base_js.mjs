// public/base.js in Node: node base_js.mjs STORY, with PORT in the environment.
// A story that fails throws.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { connect } = await importModule("public/base.js");
const WebSocket = createRequire(import.meta.url)("ws");
const { WebSocketServer } = WebSocket;

/* Node takes a file for a module by the end of its name. */
async function importModule(path) {
  const folder = mkdtempSync(join(tmpdir(), "base_js-"));
  try {
    copyFileSync(path, join(folder, "module.mjs"));
    return await import(join(folder, "module.mjs"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function open(user, options) {
  const url = `ws://127.0.0.1:${process.env.PORT}/`;
  return connect(user ? `${url}?user=${user}` : url,
    { WebSocket, delay: 0.05, ...options });
}

/* Resolves with the first state, the present one included, that fits. */
function until(client, fits, seconds = 10) {
  return new Promise((resolve, reject) => {
    const late = () => {
      stop();
      reject(new Error(`still ${JSON.stringify(client.state)}`));
    };
    const timer = setTimeout(late, seconds * 1000);
    const stop = client.onState((state) => {
      if (!fits(state)) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve(state);
    });
  });
}

const isUser = ({ user }) => Boolean(user);

async function joinAs(user, options) {
  const client = open(user, options);
  await until(client, isUser);
  return client;
}

/* Stands in for a browser's socket that is closed with any code, those too that
   no frame may carry. */
function closedWith(code, reason) {
  return class {
    readyState = 0;
    constructor() {
      queueMicrotask(() => this.onopen());
      queueMicrotask(() => this.onclose({ code, reason }));
    }
    close() {}
  };
}

/* What a client does that is closed with this code: "waiting" or "closed". */
async function afterClose(code) {
  const client = connect("ws://nowhere",
    { WebSocket: closedWith(code, "because"), delay: 60, delayMax: 60 });
  const state =
    await until(client, ({ name }) => name === "waiting" || name === "closed");
  assert.deepEqual([state.code, state.reason], [code, "because"]);
  client.close();
  return state.name;
}

/* All states from here on, but the present one. */
function statesOf(client) {
  const states = [];
  client.onState((state) => states.push(state));
  states.shift();
  return states;
}

const stories = {
  async asks() {
    const client = await joinAs("ada");
    assert.deepEqual(client.state, { name: "open", user: { id: "ada" } });
    assert.deepEqual(await client.ask("hello", "world"),
      { command: "alert", body: "Hello, world!" });
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`);
    const answers = await Promise.all(
      names.map((name) => client.ask("hello", name)));
    assert.deepEqual(answers.map(({ body }) => body),
      names.map((name) => `Hello, ${name}!`));
    client.close();
    assert.equal(client.state.name, "closed");
  },

  async hears() {
    const client = await joinAs("ada");
    const heard = [];
    const stop = client.on("news", (body) => heard.push(body));
    client.send("tell", { n: 1 });
    await client.ask("hello", "");
    assert.deepEqual(heard, [{ n: 1 }]);
    stop();
    client.send("tell", { n: 2 });
    await client.ask("hello", "");
    assert.equal(heard.length, 1);
    client.close();
  },

  async mistakes() {
    const client = await joinAs("ada");
    const errors = [];
    const { error: complain } = console;
    console.error = (error) => errors.push(error);
    const states = statesOf(client);
    const heard = [];
    client.on("news", () => { throw new TypeError("meant to be seen"); });
    client.on("news", async () => { throw new TypeError("later"); });
    client.on("news", (body) => heard.push(body));
    client.send("tell", 1);
    for (const text of ["7", "null", '{"a":1}', "no JSON", ""]) {
      client.send("raw", text);
    }
    assert.equal((await client.ask("hello", "Ada")).body, "Hello, Ada!");
    console.error = complain;
    assert.deepEqual(heard, [1]);
    assert.deepEqual(states, []);
    const isText = (error) => typeof error === "string";
    assert.deepEqual(errors.filter((error) => !isText(error))
      .map(({ message }) => message), ["meant to be seen", "later"]);
    assert.deepEqual(errors.filter(isText),
      ["7", "null", '{"a":1}', "no JSON", ""]
        .map((text) => `not a message of Base: ${text}`));

    client.onState(({ name }) => { if (name === "closed") throw "seen too"; });
    console.error = (error) => errors.push(error);
    client.close();
    console.error = complain;
    assert.equal(errors.at(-1), "seen too");
    assert.equal(client.state.name, "closed");
  },

  async errors() {
    const client = await joinAs("ada");
    const refusal = (...question) =>
      client.ask(...question).then(assert.fail, (error) => error);

    const failed = await refusal("fail");
    assert(failed instanceof Error);
    assert.equal(failed.code, "failed");
    assert.match(failed.ref, /^\w+$/);
    assert.doesNotMatch(failed.message, /secret/);
    console.log(`ref ${failed.ref}`);

    const { code, message, data } = await refusal("refuse", { why: [1] });
    assert.deepEqual({ code, message, data },
      { code: "no", message: "I will not.", data: { why: [1] } });
    assert.equal((await refusal("nowhere")).code, "unknown");
    assert.equal((await refusal("slow", null, { timeout: 0.05 })).code,
      "timeout");
    client.close();
    assert.equal((await refusal("hello", "")).code, "closed");
  },

  async unasked() {
    const client = await joinAs("ada");
    const error = new Promise((resolve) => client.on("error", resolve));
    client.send("nowhere");
    assert.equal((await error).code, "unknown");
    client.close();
  },

  async answers() {
    const client = await joinAs("ada");
    client.answer("double", async (n) => n * 2);
    client.answer("nothing", () => {});
    client.answer("pass", () => { throw { code: "passed" }; });
    client.answer("bug", () => { throw new TypeError("meant to be seen"); });
    const asked = async (command, body) =>
      (await client.ask("turn", { command, body })).body;
    assert.deepEqual(await asked("double", 21), { value: 42 });
    assert.deepEqual(await asked("nothing"), { why: "no value" });
    assert.deepEqual(await asked("pass"), { why: "passed" });
    assert.deepEqual(await asked("bug"), { why: "failed" });
    assert.deepEqual(await asked("never told"), { why: "unknown" });
    client.close();
  },

  async stranger() {
    const client = open(null);
    const { code } = await until(client, ({ name }) => name === "closed");
    assert.equal(code, 4001);
    await assert.rejects(client.ready(), { code: 4001 });
  },

  async sentAway() {
    const client = await joinAs("ada");
    const states = statesOf(client);
    client.send("leave");
    const end = await until(client, ({ name }) => name !== "open");
    assert.deepEqual(end,
      { name: "closed", code: 4100, reason: "as you wish" });
    client.reconnect();
    await until(client, isUser);
    assert.deepEqual(states.map(({ name }) => name),
      ["closed", "connecting", "open", "open"]);
    client.close();
  },

  async expires() {
    const client = await joinAs("ada");
    const states = statesOf(client);
    const renewed = new Promise((resolve) => {
      const stop = client.on("expired", () => {
        stop();
        resolve(client.ask("renew", "fresh"));
      });
    });
    await client.ask("renew", "short");
    assert.deepEqual(await renewed, { command: "ok", body: true });
    assert.deepEqual(states.map(({ name }) => name), ["open", "open"]);
    await client.ask("renew", "none");
    const { code } = await until(client, ({ name }) => name !== "open");
    assert.equal(code, 4001);
    assert.equal(client.state.name, "closed");
  },

  async surplus() {
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await joinAs("ada"));
    await until(clients[0], ({ name }) => name !== "open");
    assert.equal(clients[0].state.name, "closed");
    assert.equal(clients[0].state.code, 4009);
    assert.equal((await clients[1].ask("hello", "Ada")).body, "Hello, Ada!");
    for (const client of clients) client.close();
  },

  async comesBack() {
    let told = null;
    const client = await joinAs("ada", {
      trace: (_, text) => {
        if (text.startsWith('["reconnect"')) told = JSON.parse(text)[1].after;
      },
    });
    const states = statesOf(client);
    const slow = client.ask("slow");
    console.log("joined");
    const waiting = await until(client, ({ name }) => name === "waiting");
    assert.deepEqual((await slow).body, "done"); // accepted, so it was served
    assert.equal(waiting.code, 1012);
    assert(waiting.seconds >= told && told >= 0);
    await until(client, isUser, 20);
    assert(states.every(({ name }) => name !== "closed"));
    assert.equal((await client.ask("hello", "again")).body, "Hello, again!");
    client.close();
  },

  async codes() {
    const away = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3999, 4001,
      4003, 4009, 4100, 4999];
    const back = [1001, 1004, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 1016,
      2999, 4000, 4008, 4010, 4029, 4099];
    for (const code of away) assert.equal(await afterClose(code), "closed");
    for (const code of back) assert.equal(await afterClose(code), "waiting");
  },

  /* A proxy that closes in its own words: without a code, and with 1014. */
  async proxied() {
    const proxy = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    const closes = [[], [1014, "bad gateway"]];
    proxy.on("connection", (socket) => socket.on("message", () => {
      socket.close(...closes.shift());
    }));
    await new Promise((resolve) => proxy.on("listening", resolve));
    const client = connect(`ws://127.0.0.1:${proxy.address().port}`,
      { WebSocket, delay: 0.05 });
    await client.ready();
    await assert.rejects(client.ask("hello"), {
      code: "closed", message: "connection lost",
      data: { code: 1005, reason: "" },
    });
    await client.ready();
    const end = { code: 1014, reason: "bad gateway" };
    await assert.rejects(client.ask("hello"),
      { code: "closed", message: end.reason, data: end });
    const now = { queue: false }; // there is no connection just now
    await assert.rejects(client.ask("hello", null, now),
      { code: "closed", message: end.reason, data: end });
    await client.ready();
    client.close();
    proxy.close();
  },

  async reasons() {
    const client = await joinAs("ada");
    assert.throws(() => client.close(1006), RangeError);
    assert.equal((await client.ask("hello", "Ada")).body, "Hello, Ada!");
    const mine = { code: 4101, reason: "enough" };
    const question = client.ask("slow");
    client.close(mine.code, mine.reason);
    await assert.rejects(question,
      { code: "closed", message: mine.reason, data: mine });
    client.reconnect();
    await until(client, isUser);
    const theirs = { code: 4100, reason: "as you wish" };
    await assert.rejects(client.ask("leave"),
      { code: "closed", message: theirs.reason, data: theirs });
    await assert.rejects(client.ready(),
      { code: theirs.code, message: theirs.reason });
  },

  async lost() {
    const client = await joinAs("ada");
    const question = client.ask("slow");
    console.log("joined");
    await assert.rejects(question, { code: "closed" });
    assert.equal(client.state.code, 1006);
    await until(client, isUser, 20);
    client.close();
  },

  async silence() {
    const client = await joinAs("ada", { silence: 0.3, patience: 0.6 });
    const states = statesOf(client);
    await client.ask("wait", 1.5); // longer than the client has patience
    assert.deepEqual(states, []);
    console.log("joined");
    const { code, reason } =
      await until(client, ({ name }) => name === "waiting");
    assert.deepEqual({ code, reason }, { code: 1006, reason: "silence" });
    console.log("lost");
    await until(client, isUser);
    client.close();
  },

  async reload() {
    const client = await joinAs("ada");
    const states = statesOf(client);
    assert.equal((await client.ask("hello", "Ada")).body, "Hello, Ada!");
    console.log("before");
    while ((await client.ask("hello", "Ada")).body !== "Good day, Ada.") {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.deepEqual(states, []);
    client.close();
  },
};

await stories[process.argv[2]]();
