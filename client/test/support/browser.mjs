// A real browser, driven by browser.mjs of the specs.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const driver = resolve(here, "../../../spec/support/peers/browser.mjs");

export const hasBrowser = existsSync("/usr/bin/chromium");

export async function startBrowser() {
  const child = spawn(process.execPath, [driver], {
    env: { ...process.env, NODE_PATH: join(here, "../../node_modules") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const failed = once(child, "exit").then(() => {
    throw new Error("the browser does not start");
  });
  failed.catch(() => {}); // later, its end is expected
  const line = once(createInterface({ input: child.stdout }), "line");
  const [first] = await Promise.race([line, failed]);
  const socket = connect(Number(first.split(" ")[1]), "127.0.0.1");
  const waiting = [];
  createInterface({ input: socket }).on("line", (line) => {
    const { resolve, reject } = waiting.shift();
    const { value, error } = JSON.parse(line);
    if (error) reject(new Error(error));
    else resolve(value);
  });

  return {
    /** Runs one of the commands of browser.mjs. */
    run(...words) {
      socket.write(`${JSON.stringify(words)}\n`);
      return new Promise((resolve, reject) =>
        waiting.push({ resolve, reject }));
    },
    async stop() {
      const ended = once(child, "exit");
      socket.end();
      await ended;
    },
  };
}
