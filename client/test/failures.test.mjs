// Why a connection fails, and what the application gets to know of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, open, ws } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { freePort, Server } from "./support/server.mjs";
import { stateOf, until } from "./support/until.mjs";

let server;
before(async () => { server = await Server.start(PROJECT); });
after(() => server.stop());

async function reasonOf(t, url, options) {
  const client = connect(url, { WebSocket: ws, delay: 60, ...options });
  t.after(() => client.close());
  const { code, reason } = await stateOf(client, "waiting");
  assert.equal(code, 1006);
  return reason;
}

test("a name that is not known", async (t) => {
  assert.match(await reasonOf(t, "ws://nowhere.invalid"),
    /ENOTFOUND|EAI_AGAIN/);
});

test("a port on which nobody listens", async (t) => {
  assert.match(await reasonOf(t, `ws://127.0.0.1:${await freePort()}`),
    /ECONNREFUSED/);
});

test("a refusal, in the server's words", async (t) => {
  const reason = await reasonOf(t, server.url,
    { headers: { origin: "https://elsewhere.example" } });
  assert.match(reason, /^403 Forbidden: \S/);
});

test("a url that cannot be found out", async (t) => {
  const fail = () => { throw new Error("no token today"); };
  assert.equal(await reasonOf(t, fail), "no token today");
  assert.equal(await reasonOf(t, async () => fail()), "no token today");
  assert.match(await reasonOf(t, () => "nonsense"), /nonsense|Invalid URL/);
  assert.equal(await reasonOf(t, () => new Promise(() => {}),
    { opening: 0.05 }), "no handshake");
});

test("a text that is no url raises", () => {
  assert.throws(() => connect("nonsense", { WebSocket: ws }), SyntaxError);
});

test("the url is asked for before each attempt", async (t) => {
  let count = 0;
  const client = connect(async () => `${server.url}?user=ada${++count}`,
    { WebSocket: ws, delay: 0.01 });
  t.after(() => client.close());
  assert.equal((await client.authenticated()).id, "ada1");
  client.reconnect();
  assert.equal((await client.authenticated()).id, "ada2");
});

test("headers and protocols go out with the handshake", async (t) => {
  const client = open(t, server, { user: "ada",
    headers: { "x-name": "Ada Lovelace" }, protocols: "base.v1" });
  assert.deepEqual(await client.authenticated(),
    { id: "ada", header: "Ada Lovelace" });
});

test("an expired registration is renewed", async (t) => {
  let count = 0;
  const client = open(t, server, { user: "ada", expired: async (client) => {
    count++;
    await client.ask("renew");
  } });
  await client.authenticated();
  client.send("expire");
  await until(() => count);
  assert.equal((await client.ask("hello", "Ada")).body, "Hello, Ada!");
  assert.equal(client.state.name, "open");
});

test("what the application gives may throw, and may never end", async (t) => {
  const { error } = console;
  const said = [];
  console.error = (problem) => said.push(problem.message);
  t.after(() => { console.error = error; });
  const fail = (text) => () => { throw new Error(text); };
  const never = () => new Promise(() => {});

  const client = open(t, server, { user: "ada", trace: fail("trace"),
    expired: never });
  client.on("authenticated", fail("heard"));
  client.on("authenticated", never);
  client.answer("question", never);
  client.answer("mistake", fail("answer"));
  client.send("expire");
  client.send("raw", '["expired"]');
  assert.equal((await client.ask("renew")).command, "ok");
  assert.deepEqual((await client.ask("turn", { command: "mistake" })).body,
    { why: "failed" });
  assert.deepEqual([...new Set(said)].sort(), ["answer", "heard", "trace"]);
});
