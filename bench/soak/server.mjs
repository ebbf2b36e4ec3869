// The server of the soak: a project of its own, looked at through /proc.
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const PAGE = 4096;
const TICKS = 100; // a second, of /proc

function makeCertificate(folder) {
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
    "/CN=localhost", "-keyout", `${folder}/key.pem`, "-out",
    `${folder}/certificate.pem`], { stdio: "ignore" });
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Server {
  // Starts `program`; all that it has and says is in `folder`.
  static async start(program, folder, key) {
    const server = new Server();
    server.folder = `${folder}/project`;
    rmSync(server.folder, { recursive: true, force: true });
    mkdirSync(server.folder, { recursive: true });
    const here = fileURLToPath(new URL(".", import.meta.url));
    cpSync(`${here}/base.lua`, `${server.folder}/base.lua`);
    cpSync(`${here}/actions`, `${server.folder}/actions`, { recursive: true });
    makeCertificate(server.folder);
    server.port = await freePort();
    server.reloads = 0;
    server.logPath = `${folder}/server.log`;
    const log = openSync(server.logPath, "w");
    server.process = spawn(program, ["--log-level", "info", server.folder], {
      env: { ...process.env, SOAK_PORT: server.port, SOAK_KEY: key },
      stdio: ["ignore", log, log],
    });
    process.on("exit", () => server.process.kill("SIGKILL"));
    for (const signal of ["SIGINT", "SIGTERM"])
      process.on(signal, () => process.exit(1));
    server.ended = new Promise((resolve) => {
      server.process.on("exit", (status, signal) => resolve(status ?? signal));
    });
    await server.#listens();
    return server;
  }

  get log() {
    return readFileSync(this.logPath, "utf8");
  }

  async #listens() {
    let ended;
    this.ended.then((status) => (ended = status));
    while (!this.log.includes("for=api")) {
      if (ended !== undefined) throw new Error(`it ended:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  // What its log says of reloads, and what it must say.
  get loads() {
    const { log } = this;
    const refused = Math.floor(this.reloads / 5);
    const is = {
      done: log.match(/ reloaded$/gm)?.length ?? 0,
      refused: log.match(/ not reloaded: .* read again$/gm)?.length ?? 0,
    };
    return {
      ...is, isRight: is.refused === refused &&
        is.done === this.reloads - refused,
    };
  }

  // Every fifth load finds a file that does not load; every third, a new
  // certificate. Nothing happens before the last one is through: two signals
  // may become one.
  reload() {
    if (!this.loads.isRight) return;
    const count = ++this.reloads;
    writeFileSync(`${this.folder}/actions/extra.lua`, count % 5 === 0
      ? "return function(" : `return function() return ${count} end`);
    if (count % 3 === 0) makeCertificate(this.folder);
    this.process.kill("SIGHUP");
  }

  // Resident bytes, descriptors, and seconds of the processor so far.
  look() {
    const proc = `/proc/${this.process.pid}`;
    const read = (name) => readFileSync(`${proc}/${name}`, "utf8");
    const stat = read("stat").replace(/^.*\) /s, "").split(" ");
    return {
      resident: Number(read("statm").split(" ")[1]) * PAGE,
      descriptors: readdirSync(`${proc}/fd`).length,
      processor: (Number(stat[11]) + Number(stat[12])) / TICKS,
    };
  }
}
