// The minified file in Chromium.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { hasBrowser, startBrowser } from "./support/browser.mjs";
import { PROJECT } from "./support/project.mjs";
import { Proxy } from "./support/proxy.mjs";
import { Server } from "./support/server.mjs";

const PAGE = `<!doctype html><link rel="icon" href="data:,">
<script type="module">
  import { connect } from "./base.min.js";
  Object.assign(window, { connect, heard: [], losses: 0 });
  window.open = (url) => {
    window.client = connect(url, { delay: 0.05 });
    window.room = client.channel("room:web", { last: 9, body: "x" });
    room.on("said", (body) => heard.push(body));
    room.onLost(() => losses++);
    return room.join();
  };
</script>`;

const skip = hasBrowser ? false : "there is no Chromium";
let server, proxy, browser, page;

before(async () => {
  if (skip) return;
  const script = new URL("../dist/base.min.js", import.meta.url);
  server = await Server.start({ ...PROJECT, "public/index.html": PAGE,
    "public/base.min.js": readFileSync(script, "utf8") });
  proxy = await Proxy.to(server.port);
  browser = await startBrowser();
  const context = await browser.run("context");
  page = await browser.run("open", context, `http://127.0.0.1:${server.port}/`);
  await look("!!window.connect");
});
after(async () => {
  await browser?.stop();
  await proxy?.stop();
  await server?.stop();
});

const run = (expression) => browser.run("evaluate", page, expression);
const look = (expression) => browser.run("until", page, expression, 10);

test("a page asks, joins, sends and hears", { skip }, async () => {
  await run(`open("${proxy.url}?user=ada")`);
  assert.equal(await run('client.ask("hello", "Ada").then((a) => a.body)'),
    "Hello, Ada!");
  await run('room.ask("said", 1)');
  await look("heard.length === 1");
  assert.deepEqual(await run("[...room.members]"),
    [["ada", { name: "ada", says: "x" }]]);
});

test("it comes back after a cut, with what it has missed", { skip },
  async () => {
    proxy.drop();
    proxy.cut();
    await look('client.state.name !== "open"');
    await run(`(async () => {
      const other = connect("ws://127.0.0.1:${server.port}/?user=bob");
      await other.channel("room:web").join();
      await other.channel("room:web").ask("said", 2);
      other.close();
    })()`);
    await run('room.send("said", 3)');
    proxy.restore();
    await look("heard.length === 3");
    assert.deepEqual(await run("heard"), [1, 2, 3]);
    assert.equal(await run("losses"), 0);
  });

test("it comes back at once when the network is back", { skip }, async () => {
  await run(`(async () => {
    client.close();
    window.client = connect("${proxy.url}?user=ada", { delay: 60 });
    await client.authenticated();
  })()`);
  proxy.cut();
  await look('client.state.name === "waiting"');
  await run('dispatchEvent(new Event("online")), 0');
  await look('client.state.name === "open"');
});

test("the page has nothing to complain of", { skip }, async () => {
  // Only the browser itself, of connections that were cut.
  const complaints = await browser.run("complaints", page);
  assert.deepEqual(complaints.filter((text) => !text.includes("WebSocket")),
    []);
});
