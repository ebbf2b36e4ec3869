// Channels: joining, hearing, sending, who is there, and the history.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { Server } from "./support/server.mjs";
import { until } from "./support/until.mjs";

let server;
before(async () => { server = await Server.start(PROJECT); });
after(() => server.stop());

let number = 0;
const name = (kind) => `${kind}:${++number}`;

/* All that a channel's handler gets: [body, position, isRecovered]. */
function hear(room, command = "said") {
  const heard = [];
  room.on(command, (body, { position, isRecovered }) =>
    heard.push([body, position, isRecovered]));
  return heard;
}

async function join(t, user, channel, options) {
  const client = open(t, server, { user });
  const room = client.channel(channel, options);
  await room.join();
  return { client, room };
}

test("what is sent to a channel reaches its members, the sender too",
  async (t) => {
    const channel = name("room");
    const { room: adas } = await join(t, "ada", channel);
    const { room: bobs } = await join(t, "bob", channel);
    const heard = [hear(adas), hear(bobs)];
    assert.equal(adas.send("said", "hi"), true);
    assert.deepEqual(await bobs.ask("said", "you too"),
      { command: "$sent", body: { position: 2 } });
    await until(() => heard[0].length === 2);
    assert.deepEqual(heard[0], [["hi", 1, false], ["you too", 2, false]]);
    assert.deepEqual(heard[1], heard[0]);
    assert.equal(adas.position, 2);
  });

test("a channel is the same value for the same name", (t) => {
  const client = open(t, server, { user: "ada" });
  assert.equal(client.channel("room:1"), client.channel("room:1"));
});

test("the last messages come with the first join", async (t) => {
  const channel = name("room");
  const { room } = await join(t, "ada", channel);
  for (const body of ["one", "two", "three"]) await room.ask("said", body);
  const client = open(t, server, { user: "bob" });
  const bobs = client.channel(channel, { last: 2 });
  const heard = hear(bobs);
  await bobs.join();
  assert.deepEqual(heard, [["two", 2, true], ["three", 3, true]]);
});

test("what comes before there is a handler is kept for it", async (t) => {
  const channel = name("room");
  const { room: adas } = await join(t, "ada", channel);
  await adas.ask("said", 1);
  await adas.ask("edited", 2);
  const { room } = await join(t, "bob", channel, { last: 50 });
  await adas.ask("said", 3);
  await until(() => room.position === 3);
  const heard = [];
  room.on("said", (body) => heard.push(body));
  room.on("edited", (body) => heard.push(body));
  await adas.ask("said", 4);
  await until(() => heard.length === 4);
  assert.deepEqual(heard, [1, 2, 3, 4]);
  const late = hear(room);
  await adas.ask("said", 5);
  await until(() => heard.length === 5);
  assert.deepEqual(late, [[5, 5, false]]);
});

test("a handler that throws keeps nothing from the others", async (t) => {
  const { error } = console;
  console.error = () => {};
  t.after(() => { console.error = error; });
  const { room } = await join(t, "ada", name("room"));
  room.on("said", () => { throw new Error("meant"); });
  room.on("said", () => new Promise(() => {}));
  const heard = hear(room);
  await room.ask("said", 1);
  await room.ask("said", 2);
  await until(() => heard.length === 2);
});

test("what is not kept has no position, and leaves no gap", async (t) => {
  const channel = name("room");
  const { client, room } = await join(t, "ada", channel);
  const heard = hear(room);
  await room.ask("said", 1);
  await client.ask("tell", [channel, "said", "typing", { keep: false }]);
  await room.ask("said", 2);
  await until(() => heard.length === 3);
  assert.deepEqual(heard.map(([, position]) => position), [1, null, 2]);
});

test("who is left out of a message has lost nothing", async (t) => {
  const channel = name("room");
  const { client, room } = await join(t, "ada", channel);
  let losses = 0;
  room.onLost(() => losses++);
  const heard = hear(room);
  await client.ask("tell", [channel, "said", 1, { except: true }]);
  await room.ask("said", 2);
  await until(() => heard.length);
  assert.deepEqual(heard, [[2, 2, false]]);
  assert.equal(losses, 0);
});

test("the history is read backwards, a page at a time", async (t) => {
  const { room } = await join(t, "ada", name("room"));
  for (let i = 1; i <= 5; i++) await room.ask("said", `n${i}`);
  assert.deepEqual(await room.history({ limit: 2 }),
    [{ command: "said", body: "n4", position: 4 },
      { command: "said", body: "n5", position: 5 }]);
  assert.deepEqual((await room.history({ before: 4, limit: 2 }))
    .map(({ position }) => position), [2, 3]);
  assert.equal((await room.history()).length, 5);
  const stranger = open(t, server, { user: "bob" }).channel(room.name);
  await assert.rejects(stranger.history(), { code: "forbidden" });
});

test("who is not let in hears why", async (t) => {
  const client = open(t, server, { user: "ada" });
  const room = client.channel(name("room"), { body: "no" });
  await assert.rejects(room.join(), { code: "forbidden" });
  await assert.rejects(client.channel("elsewhere").join(),
    { code: "forbidden" });
  await assert.rejects(client.channel("$x").join(), { code: "invalid" });
  await assert.rejects(room.ask("said", 1), { code: "forbidden" });
  await room.join("yes");
  assert.equal(room.members.get("ada").says, "yes");
});

test("an error without a question reaches the channel, or the client",
  async (t) => {
    const client = open(t, server, { user: "ada" });
    const room = client.channel(name("room"));
    const general = [];
    client.on("error", ({ code }, { channel }) =>
      general.push([code, channel]));
    room.send("said", 1);
    await until(() => general.length);
    assert.deepEqual(general, [["forbidden", room.name]]);
    const errors = hear(room, "error");
    room.send("said", 2);
    await until(() => errors.length);
    assert.equal(general.length, 1);
  });

test("who leaves hears nothing more, and may come again", async (t) => {
  const channel = name("room");
  const { room } = await join(t, "ada", channel, { last: 5 });
  const { room: bobs } = await join(t, "bob", channel);
  const heard = hear(room);
  await room.leave();
  assert.equal(room.members.size, 0);
  await bobs.ask("said", 1);
  const again = room.join();
  await bobs.ask("said", 2);
  await again;
  await until(() => heard.length === 2);
  assert.deepEqual(heard.map(([body]) => body), [1, 2]);
});

test("to leave ends a join that is under way", async (t) => {
  const { room } = await join(t, "ada", name("room"));
  const client = open(t, server, { user: "bob" });
  const bobs = client.channel(room.name, { body: "slow" });
  const heard = hear(bobs);
  const joined = bobs.join();
  const rejected = assert.rejects(joined, { code: "left" });
  await client.authenticated();
  await bobs.leave();
  await rejected;
  await room.ask("said", 1);
  await client.ask("hello", "Bob");
  assert.deepEqual(heard, []);
});

test("a script puts somebody out, who stays out", async (t) => {
  const { client, room } = await join(t, "ada", name("room"));
  const left = new Promise((resolve) => room.on("$left", resolve));
  await client.ask("kick", room.name);
  assert.equal((await left).reason, "out");
  client.reconnect();
  await client.authenticated();
  await assert.rejects(room.ask("said", 1), { code: "forbidden" });
});

test("a script lets somebody in, who has not asked", async (t) => {
  const channel = name("inbox");
  const client = open(t, server, { user: "ada" });
  await client.ask("enter", channel);
  await client.ask("tell", [channel, "note", 1]);
  const room = client.channel(channel);
  const heard = hear(room, "note");
  await client.ask("tell", [channel, "note", 2]);
  await until(() => heard.length === 2);
  assert.deepEqual(heard, [[1, 1, false], [2, 2, false]]);
});

test("a client that knows of no channel hears their messages", async (t) => {
  const channel = name("inbox");
  const client = open(t, server, { user: "ada" });
  const heard = [];
  client.on("note", (body, { channel, position }) =>
    heard.push([body, channel, position]));
  await client.ask("enter", channel);
  await client.ask("tell", [channel, "note", 1]);
  await until(() => heard.length);
  assert.deepEqual(heard, [[1, channel, 1]]);
});

test("a guest joins a public channel", async (t) => {
  const client = open(t, server);
  const news = client.channel("news");
  const heard = hear(news);
  await news.join();
  await client.ask("login", "ada", { queue: false });
  await news.ask("said", 1);
  await until(() => heard.length);
});

test("more channels than are joined at once", async (t) => {
  const client = open(t, server, { user: "ada" });
  const rooms = Array.from({ length: 100 }, () => client.channel(name("room")));
  const joined = Promise.all(rooms.map((room) => room.join()));
  const sent = rooms.slice(0, 30).map((room) => room.ask("said", room.name));
  await joined;
  await Promise.all(sent);
});
