// Node's own WebSocket, in a process that has one: PORT names the server.
import assert from "node:assert/strict";
import { connect } from "../../dist/base.js";
import { Proxy } from "./proxy.mjs";
import { stateOf } from "./until.mjs";

const proxy = await Proxy.to(process.env.PORT);
const client = connect(`${proxy.url}?user=ada`,
  { delay: 0.05, headers: { "x-name": "Ada" }, protocols: ["base.v1"] });
assert.deepEqual(await client.authenticated(), { id: "ada", header: "Ada" });
const room = client.channel("room:native");
const heard = new Promise((resolve) => room.on("said", resolve));
await room.join();
await room.ask("said", "hi");
assert.equal(await heard, "hi");
proxy.cut();
await stateOf(client, "waiting");
await client.authenticated();
await room.ask("said", "again");
client.close();
await proxy.stop();

const lost = connect("ws://127.0.0.1:1", { delay: 60 });
const waiting = await stateOf(lost, "waiting");
assert.equal(waiting.code, 1006);
assert.notEqual(waiting.reason, "");
lost.close();
