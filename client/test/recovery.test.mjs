// Losses of the connection, as a channel sees them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { Proxy } from "./support/proxy.mjs";
import { importSource } from "./support/source.mjs";
import { Server } from "./support/server.mjs";
import { stateOf, until } from "./support/until.mjs";

let server, proxy;
before(async () => {
  server = await Server.start(PROJECT);
  proxy = await Proxy.to(server.port);
});
after(async () => {
  await proxy.stop();
  await server.stop();
});

let number = 0;

/* Ada behind the proxy, who hears, and Bob beside it, who speaks. */
async function pair(t, kind, options) {
  const name = `${kind}:r${++number}`;
  const client = open(t, proxy, { user: "ada", ...options });
  const bob = open(t, server, { user: "bob" });
  const room = client.channel(name);
  const heard = [];
  let losses = 0;
  room.on("said", (body, place) => heard.push([body, place.isRecovered]));
  room.onLost(() => losses++);
  await room.join();
  const bobs = bob.channel(name);
  await bobs.join();
  return { client, room, bob, bobs, heard, losses: () => losses };
}

async function away(client, during) {
  proxy.drop(); // so that it cannot come back before
  proxy.cut();
  await stateOf(client, ({ name }) => name !== "open");
  await during();
  proxy.restore();
  await client.authenticated();
}

test("what was missed is told, in order, before what comes", async (t) => {
  const { client, bobs, heard, losses } = await pair(t, "room");
  await bobs.ask("said", 1);
  await until(() => heard.length === 1);
  await away(client, async () => {
    await bobs.ask("said", 2);
    await bobs.ask("said", 3);
  });
  await until(() => heard.length === 3);
  await bobs.ask("said", 4);
  await until(() => heard.length === 4);
  assert.deepEqual(heard, [[1, false], [2, true], [3, true], [4, false]]);
  assert.equal(losses(), 0);
});

test("what is missed twice comes once", async (t) => {
  const { client, bobs, heard, losses } = await pair(t, "room");
  for (let i = 1; i <= 5; i++) {
    await away(client, () => bobs.ask("said", i));
    if (i % 2) proxy.cut();
  }
  await until(() => heard.length === 5);
  assert.deepEqual(heard.map(([body]) => body), [1, 2, 3, 4, 5]);
  assert.equal(losses(), 0);
});

test("too much missed is lost, and told", async (t) => {
  const { client, room, bobs, heard, losses } = await pair(t, "short");
  await bobs.ask("said", 1);
  await until(() => heard.length === 1);
  await away(client, async () => {
    for (let i = 2; i <= 6; i++) await bobs.ask("said", i);
  });
  await until(() => losses() === 1);
  await bobs.ask("said", 7);
  await until(() => heard.length === 2);
  assert.deepEqual(heard[1], [7, false]);
  assert.equal(room.position, 7);
});

test("without a history, each loss is told", async (t) => {
  const { client, heard, bobs, losses } = await pair(t, "plain");
  await away(client, () => bobs.ask("said", 1));
  await until(() => losses() === 1);
  await bobs.ask("said", 2);
  await until(() => heard.length);
  assert.deepEqual(heard, [[2, false]]);
});

test("a server that begins anew has another epoch: that is lost", async (t) => {
  const own = await Server.start(PROJECT);
  t.after(() => own.stop());
  const client = open(t, own, { user: "ada" });
  const room = client.channel("room:1");
  const heard = [];
  room.on("said", (body, { position }) => heard.push([body, position]));
  const lost = new Promise((resolve) => room.onLost(() => resolve(true)));
  await room.join();
  await room.ask("said", "before");
  await own.end("KILL");
  await own.launch();
  assert.equal(await lost, true);
  await room.ask("said", "after");
  await until(() => heard.length === 2);
  assert.deepEqual(heard, [["before", 1], ["after", 1]]);
});

test("what a script let in again was missing is fetched", async (t) => {
  const channel = `inbox:r${++number}`;
  const client = open(t, proxy, { user: "eve", delay: 0.5, delayMax: 0.5 });
  const second = open(t, server, { user: "eve" }); // so that she stays online
  const room = client.channel(channel);
  const heard = [];
  let losses = 0;
  room.on("note", (body, { isRecovered }) => heard.push([body, isRecovered]));
  room.onLost(() => losses++);
  await client.ask("enter", channel);
  await second.ask("tell", [channel, "note", 1]);
  await until(() => heard.length === 1);
  await away(client, async () => {
    await second.ask("tell", [channel, "note", 2]);
    await second.ask("tell", [channel, "note", 3]);
  });
  await second.ask("tell", [channel, "note", 4]);
  await until(() => heard.length === 4);
  assert.deepEqual(heard.map(([body]) => body), [1, 2, 3, 4]);
  assert.equal(losses, 0);
  await away(client, () => {});
  await client.ask("hello", "Eve");
  assert.equal(losses, 0);
});

test("a member that is let in again misses nothing under way", async () => {
  const { Membership } = await importSource("membership");
  const member = new Membership("room", { isOpen: () => true,
    isUser: () => true, transmit: () => true, handle: () => false, next() {},
    ask: () => new Promise(() => {}) });
  const heard = [];
  member.inbox.on("said", (body) => heard.push(body));
  const receive = (command, body, position) =>
    member.receive({ command, body, id: null, channel: "room", position });
  receive("$joined", { epoch: "e" }, 3);
  receive("said", 4, 4);
  receive("$joined", { epoch: "e" }, 6); // a script's, for another info
  receive("said", 5, 5);
  receive("said", 6, 6);
  assert.deepEqual(heard, [4, 5, 6]);
});

test("what waits for a channel goes behind its join", async (t) => {
  const { client, room, heard } = await pair(t, "room");
  let answer;
  await away(client, () => {
    room.send("said", "first");
    answer = room.ask("said", "second");
  });
  assert.equal((await answer).command, "$sent");
  await until(() => heard.length === 2);
  assert.deepEqual(heard.map(([body]) => body), ["first", "second"]);
});

test("a join waits for the connection, and survives its loss", async (t) => {
  const client = open(t, proxy, { user: "ada" });
  const room = client.channel("room:slow", { body: "slow" });
  const joined = room.join();
  await client.authenticated();
  proxy.cut();
  await joined;
  assert.equal(room.members.get("ada").says, "slow");
});

test("a join ends when the connection is closed for good", async (t) => {
  const client = open(t, server, { query: { refuse: 1 } });
  await assert.rejects(client.channel("room:1").join(),
    { code: "closed", data: { code: 4001, reason: "not authenticated" } });
});

test("who may not come back in is told", async (t) => {
  const { client, room, losses } = await pair(t, "room");
  const rules = PROJECT["base.lua"];
  t.after(async () => {
    server.write({ "base.lua": rules });
    await server.reload();
  });
  const left = new Promise((resolve) => room.on("$left", resolve));
  await away(client, async () => {
    server.write({ "base.lua": rules.replace('body ~= "no"', "false") });
    await server.reload();
  });
  assert.equal((await left).code, "forbidden");
  assert.equal(losses(), 0);
  assert.equal(room.members.size, 0);
});

test("a guest that logs in by an action is let in again", async (t) => {
  const client = open(t, proxy);
  client.onState(({ name, user }) => {
    if (name === "open" && !user) client.ask("login", "ada", { queue: false });
  });
  const room = client.channel(`room:r${++number}`);
  const heard = [];
  room.on("said", (body) => heard.push(body));
  await client.authenticated();
  await room.join();
  await away(client, () => {});
  await room.ask("said", 1);
  await until(() => heard.length);
});
