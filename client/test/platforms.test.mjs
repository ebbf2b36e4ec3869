// WebSockets of other platforms, and what bundlers make of the package.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { connect, open, ws } from "./support/open.mjs";
import { PROJECT } from "./support/project.mjs";
import { freePort, Server } from "./support/server.mjs";
import { stateOf } from "./support/until.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
let server;
before(async () => { server = await Server.start(PROJECT); });
after(() => server.stop());

/* As React Native has it: headers in the third argument, no `on`, an error
   with a message alone, and a close of a failure without code and reason. */
class NativeWebSocket {
  #socket;
  constructor(url, protocols, { headers } = {}) {
    this.#socket = new ws(url, protocols ?? [], { headers });
    let hasFailed = false;
    this.#socket.onopen = () => this.onopen?.({ type: "open" });
    this.#socket.onmessage = ({ data }) => this.onmessage?.({ data });
    this.#socket.onerror = ({ message }) => {
      hasFailed = true;
      this.onerror?.({ type: "error", message });
    };
    this.#socket.onclose = ({ code, reason }) => this.onclose?.(
      hasFailed ? { type: "close" } : { type: "close", code, reason });
  }
  get readyState() { return this.#socket.readyState; }
  send(text) { this.#socket.send(text); }
  close(code, reason) { this.#socket.close(code, reason); }
}

test("React Native", async (t) => {
  const client = open(t, server, { user: "ada", headers: { "x-name": "Ada" },
    WebSocket: NativeWebSocket });
  assert.deepEqual(await client.authenticated(),
    { id: "ada", header: "Ada" });
  await assert.rejects(client.ask("leave"),
    { code: "closed", data: { code: 4100, reason: "as you wish" } });

  const lost = connect(`ws://127.0.0.1:${await freePort()}`,
    { WebSocket: NativeWebSocket, delay: 60 });
  t.after(() => lost.close());
  const { code, reason } = await stateOf(lost, "waiting");
  assert.equal(code, 1006);
  assert.match(reason, /ECONNREFUSED/);
});

const [major, minor] = process.versions.node.split(".").map(Number);
const flags = major >= 22 ? [] : ["--experimental-websocket"];
const hasOwn = major > 20 || (major === 20 && minor >= 10);

test("Node's own WebSocket", { skip: !hasOwn && "there is none" }, async () => {
  await run(process.execPath, [...flags, join(here, "support/native.mjs")],
    { env: { ...process.env, PORT: server.port }, timeout: 20_000 });
});

test("a platform without a WebSocket is told so", (t) => {
  const own = globalThis.WebSocket;
  delete globalThis.WebSocket;
  t.after(() => { if (own) globalThis.WebSocket = own; });
  assert.throws(() => connect("ws://127.0.0.1"), /no WebSocket here/);
});

test("esbuild bundles it, for a browser and for Node", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "base-client-bundle-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "app.mjs"),
    'import { connect } from "@base-server/client";\n'
    + "console.log(typeof connect);\n");
  for (const [format, platform] of [["iife", "browser"], ["cjs", "node"]]) {
    const outfile = join(folder, `${format}.cjs`);
    await build({ entryPoints: [join(folder, "app.mjs")], bundle: true, format,
      platform, outfile, minify: true, logLevel: "warning",
      alias: { "@base-server/client": join(here, "..") } });
    assert.equal((await run(process.execPath, [outfile])).stdout,
      "function\n");
  }
});
