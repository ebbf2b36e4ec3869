// The real server as a child of a test, in a project of its own on a free port
// of 127.0.0.1. BASE_PROGRAM names the program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const program = process.env.BASE_PROGRAM ?? join(root, "build/dev/base");
const START_TIME = 20; // seconds
const STOP_TIME = 20;

export async function freePort() {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address();
  holder.close();
  await once(holder, "close");
  return port;
}

function write(folder, files) {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

export class Server {
  static async start(files, { port, folder } = {}) {
    const self = new Server();
    self.files = files;
    self.folder = folder ?? mkdtempSync(join(tmpdir(), "base-client-"));
    self.port = port ?? await freePort();
    write(self.folder, files);
    mkdirSync(join(self.folder, "actions"), { recursive: true });
    await self.launch();
    return self;
  }

  /** Starts the program; after an end, once more in the same folder. */
  async launch() {
    this.log = "";
    const { LUA_PATH, LUA_CPATH, LD_PRELOAD, ...env } = process.env;
    this.child = spawn(program, [this.folder, "--port", String(this.port)],
      { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => { this.log += text; });
    }
    this.ended = once(this.child, "exit");
    await until(() => this.log.includes("listening")
      || this.child.exitCode !== null, { seconds: START_TIME });
    if (this.child.exitCode !== null) {
      throw new Error(`the server does not listen:\n${this.log}`);
    }
  }

  get url() {
    return `ws://127.0.0.1:${this.port}/`;
  }

  write(files) {
    write(this.folder, files);
  }

  signal(name) {
    this.child.kill(`SIG${name}`);
  }

  /** Waits until the log has a text so often. */
  async logged(text, count = 1) {
    await until(() => this.log.split(text).length > count,
      { say: () => `'${text}' is not in the log:\n${this.log}` });
  }

  async reload() {
    const count = this.log.split("reloaded").length;
    this.signal("HUP");
    await this.logged("reloaded", count);
  }

  /** Ends it with a signal, and looks for what sanitizers say. */
  async end(name = "TERM") {
    if (this.child.exitCode === null && !this.child.signalCode) {
      this.signal(name);
      const late = setTimeout(() => this.signal("KILL"), STOP_TIME * 1000);
      await this.ended;
      clearTimeout(late);
    }
    if (/Sanitizer|runtime error:/.test(this.log)) throw new Error(this.log);
    if (name === "TERM" && this.child.exitCode !== 0) {
      throw new Error(`exit status ${this.child.exitCode}:\n${this.log}`);
    }
  }

  async stop() {
    try {
      await this.end();
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
