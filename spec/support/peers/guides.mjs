// The JavaScript of the guides in docs/how-to/, run as it stands there: node
// guides.mjs PAGE, with PORT in the environment. A story that fails throws.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { PORT, API_PORT } = process.env;
const AsyncFunction = (async () => {}).constructor;
const WebSocket = createRequire(import.meta.url)("ws");
const folder = mkdtempSync(join(tmpdir(), "guides-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
copyFileSync("public/base.js", join(folder, "base.js"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
const { connect } = await import(join(folder, "base.js"));

const page = process.argv[2];
const markdown = readFileSync(`docs/how-to/${page}.md`, "utf8");

function pieces(language) {
  const fence = new RegExp("```" + language + "\\n(.*?)```", "gs");
  return [...markdown.matchAll(fence)].map(([, text]) => text);
}

/* Runs the first piece of JavaScript in a browser of a user, and returns the
   constants of it that are named. */
let count = 0;
async function open(user, names, port = PORT) {
  Object.assign(globalThis, { WebSocket,
    location: { host: `127.0.0.1:${port}`, search: `?name=${user}` } });
  const path = join(folder, `page${count++}.js`);
  writeFileSync(path, `${pieces("js")[0]}\nexport { ${names} };\n`);
  return import(path);
}

/* Runs a later piece, which uses some names. */
function run(piece, values) {
  return new AsyncFunction(...Object.keys(values), pieces("js")[piece])(
    ...Object.values(values));
}

function enter(user, channel, options) {
  const url = `ws://127.0.0.1:${PORT}/?name=${user}`;
  const client = connect(url, { WebSocket });
  return { client, room: client.channel(channel, options) };
}

async function until(holds, what) {
  const end = Date.now() + 20000;
  while (!holds()) {
    assert.ok(Date.now() < end, `${what} in time`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/* What the page writes to the console. */
const lines = [];
console.log = (...words) => lines.push(words.join(" "));
const heard = (line) => until(() => lines.includes(line), `'${line}'`);

/* Between a page and the server: cut() loses the connection, and lets nobody
   connect until mend(). */
async function tunnel() {
  const sockets = new Set();
  let isCut = false;
  const listener = net.createServer((near) => {
    if (isCut) return near.destroy();
    const far = net.connect(PORT, "127.0.0.1");
    const end = () => { near.destroy(); far.destroy(); };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    sockets.add(near);
    return near.pipe(far).pipe(near);
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: listener.address().port,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() { isCut = false; },
  };
}

const stories = {
  async rooms() {
    const bob = enter("bob", "room:42", { last: 50 });
    await bob.room.join();
    const ada = await open("ada", "client, room");
    await heard("ada Hello");
    await heard("bob,ada");
    const said = [];
    bob.room.on("said", ({ text }) => said.push(text));
    await until(() => said[0] === "Hello", "what Ada says");

    const input = {};
    await run(1, { input, ...bob });
    bob.client.send("typing", "room:42"); // not to himself
    await run(1, { input, ...ada });
    input.oninput();
    await heard("ada is typing");
    assert.ok(!lines.includes("ada,ada is typing"));

    const eve = enter("eve", "room:42");
    await assert.rejects(eve.room.join(), { code: "forbidden" });
    const { body } = await ada.room.ask("said", "Once more");
    assert.deepEqual(body, { position: 2 });
    await assert.rejects(ada.client.ask("announce", "x"),
      { code: "forbidden" });
  },

  async presence() {
    globalThis.list = {};
    const { room } = await open("ada", "room");
    const bob = enter("bob", "room:42", { body: { status: "here" } });
    const tab = enter("bob", "room:42", { body: { status: "here" } });
    await Promise.all([bob.room.join(), tab.room.join()]);
    await heard("came bob bob");
    await until(() => list.textContent === "ada, bob", "the list");
    assert.equal(room.members.get("bob").status, "here");
    tab.client.close();
    await bob.room.join({ status: "away" });
    await until(() => room.members.get("bob").status === "away", "the status");
    await bob.room.leave();
    await heard("went bob");
    assert.deepEqual(lines,
      ["came bob bob", "came bob bob", "went bob"]);
  },

  async missed() {
    const { port, cut, mend } = await tunnel();
    const shown = [];
    const bob = enter("bob", "room:42");
    Object.assign(globalThis, {
      show: (body, isRecovered) => shown.push([body, isRecovered]),
      clear: () => shown.splice(0),
      fetch: async (path) => {
        assert.equal(path, "/rooms/42/messages");
        return { json: async () => ["a", "b", "c", "d"] };
      },
    });
    const { room } = await open("ada", "room", port);
    await bob.room.join();
    await bob.room.ask("said", "a");
    await until(() => shown.length === 1, "a message");
    cut();
    await bob.room.ask("said", "b");
    await bob.room.ask("said", "c");
    mend();
    await until(() => shown.length === 3, "what was missed");
    assert.deepEqual(shown, [["a", false], ["b", true], ["c", true]]);

    const older = [];
    await run(1, { room, oldest: 3, prepend: (...item) => older.push(item) });
    assert.deepEqual(older, [["b", 2], ["a", 1]]);

    cut();
    await bob.room.ask("said", "d");
    await bob.client.ask("clear");
    mend();
    await until(() => shown.length === 4, "the state of the application");
    assert.deepEqual(shown.map(([body]) => body), ["a", "b", "c", "d"]);
  },

  async streaming() {
    const python = join(folder, "application.py");
    writeFileSync(python,
      pieces("python")[0].replace("127.0.0.1:9001", `127.0.0.1:${API_PORT}`));
    const marks = new Set();
    globalThis.output = { textContent: "", classList: marks };
    const tab = await open("ada", "client, answer");
    const env = { ...process.env, no_proxy: "*" };
    const application = spawn("python3", [python], { env, stdio: "inherit" });
    const status = await new Promise((resolve) =>
      application.on("exit", resolve));
    assert.equal(status, 0);
    await until(() => marks.has("done"), "the answer");
    assert.equal(output.textContent, "The answer is 42.");
    tab.client.close();

    output.textContent = "";
    await open("ada", "answer"); // the page is loaded again
    await until(() => output.textContent === "The answer is 42.", "all of it");
    const bob = enter("bob", "answer:ada:17");
    await assert.rejects(bob.room.join(), { code: "forbidden" });
  },
};

await stories[page]();
process.exit(0);
