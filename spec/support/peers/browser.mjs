// Chromium, driven over the DevTools protocol on behalf of a program in another
// language (browser.lua). Prints the port on which it listens for that program,
// which sends lines of JSON, [command, argument…], and gets one for each:
// {"value": …} or {"error": text}. When the program goes, the browser ends.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const WebSocket = createRequire(import.meta.url)("ws");

const WINDOW = { width: 1100, height: 1250 };
const LOOK_EVERY = 20; // milliseconds
const START_TIME = 20_000;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
  "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--remote-debugging-port=0"];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* Looks until it sees something true; undefined at the deadline. */
async function waitFor(milliseconds, look) {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found || performance.now() > deadline) return found;
    await sleep(LOOK_EVERY);
  }
}

// The browser and its protocol.

const folder = mkdtempSync(join(tmpdir(), "chromium-"));
const chromium = spawn("/usr/bin/chromium",
  [...FLAGS, `--user-data-dir=${folder}`, "about:blank"], { stdio: "ignore" });

const address = await waitFor(START_TIME, () => {
  try {
    const [port, path] =
      readFileSync(join(folder, "DevToolsActivePort"), "utf8").split("\n");
    return path && `ws://127.0.0.1:${port}${path}`;
  } catch {
    return null; // not there yet
  }
});
if (!address) {
  chromium.kill("SIGKILL");
  throw new Error("Chromium does not start");
}
const tools = new WebSocket(address);
await once(tools, "open");

const calls = new Map(); // id → { resolve, reject }
const pages = new Map(); // session → what the page complained of

let lastId = 0;
function call(method, params = {}, sessionId = undefined) {
  const id = ++lastId;
  tools.send(JSON.stringify({ id, method, params, sessionId }));
  return new Promise((resolve, reject) => calls.set(id, { resolve, reject }));
}

function complaint(method, params) {
  switch (method) {
    case "Runtime.exceptionThrown":
      return params.exceptionDetails.exception?.description
        ?? params.exceptionDetails.text;
    case "Runtime.consoleAPICalled":
      return ["error", "warning", "assert"].includes(params.type)
        && params.args.map((arg) => arg.description ?? arg.value).join(" ");
    case "Log.entryAdded":
      return ["error", "warning"].includes(params.entry.level)
        && `${params.entry.text} (${params.entry.url ?? ""})`;
    default:
      return null;
  }
}

tools.on("message", (text) => {
  const { id, method, params, result, error, sessionId } = JSON.parse(text);
  if (id === undefined) {
    const text = complaint(method, params);
    if (text) pages.get(sessionId)?.push(text);
  } else {
    const { resolve, reject } = calls.get(id);
    calls.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  }
});

// What the program can ask for. A page is known by its session.

async function evaluate(page, expression) {
  const { result, exceptionDetails } = await call("Runtime.evaluate",
    { expression, awaitPromise: true, returnByValue: true }, page);
  if (exceptionDetails) {
    const { description } = exceptionDetails.exception ?? {};
    throw new Error(`${expression}: ${description}`);
  }
  return result.value;
}

/* A page that is on its way to another one answers nothing. */
const NAVIGATED =
  /^Inspected target navigated|^Cannot find (default execution )?context/;

function unlessNavigated(error) {
  if (!NAVIGATED.test(error.message)) throw error;
}

/* The middle of an element, scrolled to where a mouse can reach it. */
async function place(page, selector) {
  return evaluate(page, `(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    element.scrollIntoView({ block: "center", behavior: "instant" });
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  })()`);
}

const commands = {
  /* A context has cookies of its own, as another browser would. */
  async context() {
    return (await call("Target.createBrowserContext")).browserContextId;
  },

  async leave(browserContextId) {
    await call("Target.disposeBrowserContext", { browserContextId });
  },

  async open(browserContextId, url) {
    const { targetId } = await call("Target.createTarget",
      { url: "about:blank", browserContextId, newWindow: true });
    const { sessionId } =
      await call("Target.attachToTarget", { targetId, flatten: true });
    pages.set(sessionId, []);
    await call("Runtime.enable", {}, sessionId);
    await call("Log.enable", {}, sessionId);
    await commands.size(sessionId, WINDOW.width, WINDOW.height);
    const { errorText } = await call("Page.navigate", { url }, sessionId);
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await commands.until(sessionId, "document.readyState === 'complete'", 10);
    return sessionId;
  },

  evaluate,

  /* Makes the window so large; a narrow one is a phone's. */
  async size(page, width, height) {
    await call("Emulation.setDeviceMetricsOverride",
      { width, height, deviceScaleFactor: 1, mobile: width < 600 }, page);
  },

  async until(page, expression, seconds) {
    const seen = await waitFor(seconds * 1000,
      () => evaluate(page, expression).catch(unlessNavigated));
    if (seen) return seen;
    const shown = await evaluate(page, "document.body.innerText");
    throw new Error(`not so in ${seconds} s: ${expression}\n${shown}`);
  },

  async click(page, selector) {
    const at = await place(page, selector);
    const button = { ...at, button: "left", clickCount: 1 };
    for (const type of ["mousePressed", "mouseReleased"]) {
      await call("Input.dispatchMouseEvent", { type, ...button }, page);
    }
  },

  /* Types over what an input holds. */
  async type(page, selector, text) {
    await evaluate(page,
      `document.querySelector(${JSON.stringify(selector)}).select()`);
    await call("Input.insertText", { text }, page);
  },

  /* What the page complained of on its console, once. */
  async complaints(page) {
    return pages.get(page).splice(0);
  },

  /* Several pages side by side, in one picture. */
  async picture(path, ...shown) {
    const shots = await Promise.all(shown.map(
      (page) => call("Page.captureScreenshot", {}, page)));
    const page = await commands.open(undefined, "about:blank");
    const { width, height } = await evaluate(page, `(async () => {
      document.body.style = "margin: 0; display: flex; align-items: start";
      for (const data of ${JSON.stringify(shots.map(({ data }) => data))}) {
        const image = new Image();
        image.style.flex = "none";
        image.src = "data:image/png;base64," + data;
        await image.decode();
        document.body.append(image);
      }
      const images = [...document.images];
      return { width: images.reduce((sum, { width }) => sum + width, 0),
        height: Math.max(...images.map(({ height }) => height)) };
    })()`);
    await call("Emulation.setDeviceMetricsOverride",
      { width, height, deviceScaleFactor: 1, mobile: false }, page);
    const { data } = await call("Page.captureScreenshot", {}, page);
    writeFileSync(path, Buffer.from(data, "base64"));
  },
};

async function end() {
  const ended = once(chromium, "exit");
  call("Browser.close").catch(() => {});
  const impatience = setTimeout(() => chromium.kill("SIGKILL"), 5000);
  if (chromium.exitCode === null) await ended;
  clearTimeout(impatience);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit();
}

process.on("SIGTERM", end);
const loneliness = setTimeout(end, START_TIME);

const listener = createServer(async (program) => {
  clearTimeout(loneliness);
  program.on("error", end);
  for await (const line of createInterface({ input: program })) {
    const [command, ...args] = JSON.parse(line);
    const answer = await commands[command](...args).then(
      (value) => ({ value: value ?? null }),
      (error) => ({ error: String(error.message) }));
    program.write(`${JSON.stringify(answer)}\n`);
  }
  end();
});
listener.listen(0, "127.0.0.1", () => {
  console.log(`port ${listener.address().port}`);
});
