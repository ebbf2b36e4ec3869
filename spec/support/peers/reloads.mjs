// Sends SIGHUP again and again, and with each a question, whose answer shows how
// long the reload holds a client up: node reloads.mjs PID COUNT, with PORT (and
// TLS) in the environment. Prints one line of JSON.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";

const WebSocket = createRequire(import.meta.url)("ws");
const EVERY = 100; // milliseconds

const [pid, count] = process.argv.slice(2).map(Number);
const { PORT, TLS } = process.env;
const socket = new WebSocket(`${TLS ? "wss" : "ws"}://127.0.0.1:${PORT}/`,
  { rejectUnauthorized: false });

const take = async () => {
  const [bytes] = await once(socket, "message");
  return JSON.parse(String(bytes));
};

assert.equal((await take())[0], "authenticated");
socket.on("close", (code) => assert.fail(`closed with ${code}`));

const pauses = [];
const began = performance.now();
for (let i = 0; i < count; i++) {
  const late = began + i * EVERY - performance.now();
  if (late > 0) await new Promise((resolve) => setTimeout(resolve, late));
  const asked = performance.now();
  process.kill(pid, "SIGHUP");
  socket.send(JSON.stringify(["echo", "hello", i]));
  assert.deepEqual(await take(), ["echo", "hello", i]);
  pauses.push(performance.now() - asked);
}
const seconds = (performance.now() - began) / 1000;
pauses.sort((a, b) => a - b);
console.log(JSON.stringify({
  reloads: count, seconds, median_ms: pauses[count >> 1],
  worst_ms: pauses.at(-1),
}));
process.exit(0);
