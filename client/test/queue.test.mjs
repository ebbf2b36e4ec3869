// What is sent while there is no connection.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, open, ws } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { Proxy } from "./support/proxy.mjs";
import { Server } from "./support/server.mjs";
import { stateOf } from "./support/until.mjs";

let server, proxy;
before(async () => {
  server = await Server.start(PROJECT);
  proxy = await Proxy.to(server.port);
});
after(async () => {
  await proxy.stop();
  await server.stop();
});

/* What the server has noted since it was asked last. */
async function notes(client) {
  return (await client.ask("notes")).body;
}

const range = (n) => Array.from({ length: n }, (_, i) => i);

test("what is sent before it is open arrives, in order", async (t) => {
  const client = open(t, server, { user: "ada", query: { slow: 0.1 } });
  for (const i of range(10)) assert.equal(client.send("note", i), true);
  await stateOf(client, "open");
  assert.equal(client.state.user, null);
  client.send("note", 10); // not before those that wait
  assert.deepEqual(await notes(client), range(11));
});

test("a question that waits is answered, within its time", async (t) => {
  const client = open(t, server, { user: "ada" });
  assert.equal((await client.ask("hello", "Ada")).body, "Hello, Ada!");
});

test("a question whose time passes while it waits is never sent", async (t) => {
  const client = open(t, server, { user: "ada", query: { slow: 0.3 } });
  await assert.rejects(client.ask("note", "late", { timeout: 0.05 }),
    { code: "timeout" });
  assert.deepEqual(await notes(client), []);
});

test("queue: false is now or not at all", async (t) => {
  const client = open(t, server, { user: "ada" });
  assert.equal(client.send("note", 1, { queue: false }), false);
  await assert.rejects(client.ask("hello", "Ada", { queue: false }),
    { code: "closed", message: "not connected" });
  await client.authenticated();
  assert.equal(client.send("note", 2, { queue: false }), true);
  assert.deepEqual(await notes(client), [2]);
});

test("the queue takes so many messages and bytes, and no more", async (t) => {
  const client = open(t, server,
    { user: "ada", queueCount: 3, queueBytes: 60 });
  assert.equal(client.send("note", "x".repeat(60)), false);
  assert.equal(client.send("note", "é".repeat(30)), false);
  assert.equal(client.send("note", "é".repeat(10)), true);
  assert.equal(client.send("note", "1"), true);
  assert.equal(client.send("note", "2"), true);
  assert.equal(client.send("note", "3"), false);
  await assert.rejects(client.ask("hello", "Ada"), { code: "busy" });
  await client.authenticated();
  assert.deepEqual(await notes(client), ["é".repeat(10), "1", "2"]);
});

test("what was under way is rejected and never sent again; what waits goes "
  + "with the next connection", async (t) => {
  const client = open(t, proxy, { user: "ada" });
  await client.authenticated();
  const underWay = client.ask("wait", 5);
  const refused = assert.rejects(underWay, { code: "closed" });
  proxy.cut();
  await refused;
  client.send("note", "after");
  const answer = client.ask("hello", "again");
  assert.equal((await answer).body, "Hello, again!");
  assert.deepEqual(await notes(client), ["after"]);
});

test("a guest's messages wait for a login that passes them", async (t) => {
  const client = open(t, server);
  client.send("note", "mine");
  await client.ready();
  await client.ask("login", "ada", { queue: false });
  assert.deepEqual(await notes(client), ["mine"]);
});

test("guest: true sends them at once", async (t) => {
  const client = open(t, server, { guest: true });
  assert.equal((await client.ask("hello", "you")).body, "Hello, you!");
  assert.equal(client.state.user, null);
});

test("what one user left waiting is not sent as another", async (t) => {
  let user = "ada";
  const client = connect(() => `${proxy.url}?user=${user}`,
    { WebSocket: ws, delay: 0.05 });
  t.after(() => client.close());
  await client.authenticated();
  user = "bob";
  proxy.cut();
  await stateOf(client, "waiting");
  client.send("note", "of Ada");
  const question = client.ask("hello", "of Ada");
  await assert.rejects(question, { code: "closed" });
  assert.deepEqual(await client.authenticated(), { id: "bob" });
  assert.deepEqual(await notes(client), []);
});

test("questions that wait hear how it was closed for good", async (t) => {
  const client = open(t, server, { query: { refuse: 1 } });
  const question = client.ask("hello", "Ada");
  await assert.rejects(question, { code: "closed", data:
    { code: 4001, reason: "not authenticated" } });
  assert.equal(client.send("note", 1), false);
  await assert.rejects(client.authenticated(), { code: 4001 });
});
