// Who is in a channel.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { Server } from "./support/server.mjs";
import { until } from "./support/until.mjs";

let server;
before(async () => { server = await Server.start(PROJECT); });
after(() => server.stop());

async function join(t, user, channel, body) {
  const client = open(t, server, { user });
  const room = client.channel(channel);
  await room.join(body);
  return { client, room };
}

const ids = (room) => [...room.members.keys()].sort();

test("members come and go, tabs do not", async (t) => {
  const { room } = await join(t, "ada", "room:m1");
  assert.deepEqual([...room.members], [["ada", { name: "ada" }]]);
  assert.equal(room.count, 1);
  assert.equal(room.isListed, true);

  const changes = [];
  const { members } = room;
  room.onMembers((map, { count, came, went }) => {
    assert.equal(map, members); // always the same one
    changes.push([count, [...came.keys()], went]);
  });
  const { client, room: bobs } = await join(t, "bob", "room:m1");
  const tab = await join(t, "bob", "room:m1");
  await until(() => room.count === 2);
  assert.deepEqual(ids(room), ["ada", "bob"]);
  assert.deepEqual(ids(bobs), ["ada", "bob"]);
  await tab.room.leave();
  client.close();
  await until(() => room.count === 1);
  assert.deepEqual(changes,
    [[1, [], []], [2, ["bob"], []], [1, [], ["bob"]]]);
});

test("another info is a change", async (t) => {
  const { room } = await join(t, "ada", "room:m2");
  const { room: bobs } = await join(t, "bob", "room:m2", "hello");
  await until(() => room.members.get("bob")?.says === "hello");
  await bobs.join("bye");
  await until(() => room.members.get("bob").says === "bye");
});

test("what changed during a loss is told as a change", async (t) => {
  const { client, room } = await join(t, "ada", "room:m3");
  const bob = await join(t, "bob", "room:m3");
  await until(() => room.count === 2);
  const changes = [];
  client.close();
  bob.client.close();
  const { room: eves } = await join(t, "eve", "room:m3");
  await until(() => eves.count === 1);
  room.onMembers((_, { came, went }) => changes.push([[...came.keys()], went]));
  client.reconnect();
  await until(() => room.members.has("eve"));
  assert.deepEqual(ids(room), ["ada", "eve"]);
  assert.deepEqual(changes.slice(0, 2), [[[], []], [["eve"], ["bob"]]]);
});

test("a crowd is counted, and listed again when it is small", async (t) => {
  const { room } = await join(t, "u1", "room:m4");
  const others = [];
  for (const user of ["u2", "u3", "u4"]) {
    others.push(await join(t, user, "room:m4"));
  }
  await until(() => room.count === 4 && !room.isListed);
  assert.equal(room.members.size, 0);
  for (const { room } of others) await room.leave();
  await until(() => room.isListed && room.count === 1);
  assert.deepEqual(ids(room), ["u1"]);
});

test("a channel that only counts", async (t) => {
  const { room } = await join(t, "ada", "crowd:1");
  await join(t, "bob", "crowd:1");
  await until(() => room.count === 2, { seconds: 5 });
  assert.equal(room.isListed, false);
  assert.equal(room.members.size, 0);
});

test("a channel that tells nothing", async (t) => {
  const { room } = await join(t, "ada", "plain:1");
  assert.equal(room.count, null);
});
