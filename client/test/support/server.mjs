// The real server as a child of a test, in a project of its own on a free port
// of 127.0.0.1. BASE_PROGRAM names the program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync,
  writeFileSync } from "node:fs";
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

/* A process that has ended and that nobody has waited for is none. */
function isRunning(pid) {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
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
    this.earlier = (this.earlier ?? "") + (this.log ?? "");
    this.log = "";
    const { LUA_PATH, LUA_CPATH, LD_PRELOAD, ...env } = process.env;
    this.child = spawn(program, [this.folder, "--port", String(this.port)],
      { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => { this.log += text; });
    }
    this.ended = once(this.child, "exit");
    this.pid = this.child.pid;
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
    process.kill(this.pid, `SIG${name}`);
  }

  /** SIGUSR2: a new process takes over. The old one ends in its own time. */
  async handOver() {
    const ready = /process (\d+) is ready and takes over from process (\d+)/g;
    this.signal("USR2");
    await until(() => [...this.log.matchAll(ready)]
      .some(([, , old]) => Number(old) === this.pid),
    { seconds: START_TIME, say: () => this.log });
    this.pid = Number([...this.log.matchAll(ready)].at(-1)[1]);
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

  /** Waits until those that were taken over from have ended. */
  async settled() {
    await until(() => this.pid === this.child.pid
      || !isRunning(this.child.pid), { seconds: STOP_TIME });
  }

  /** Ends it with a signal, and looks for what sanitizers say. */
  async end(name = "TERM") {
    const isOurs = this.pid === this.child.pid;
    if (isRunning(this.pid)) {
      this.signal(name);
      await until(() => !isRunning(this.pid),
        { seconds: STOP_TIME, say: () => `it does not end:\n${this.log}` });
    }
    if (isRunning(this.child.pid)) this.child.kill("SIGKILL");
    await this.ended;
    const log = (this.earlier ?? "") + this.log;
    if (/Sanitizer|runtime error:/.test(log)) throw new Error(log);
    if (isOurs && name === "TERM" && this.child.exitCode !== 0) {
      throw new Error(`exit status ${this.child.exitCode}:\n${log}`);
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
