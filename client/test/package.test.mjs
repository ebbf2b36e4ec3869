// What is published: its size, its parts, and the types.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const client = join(dirname(fileURLToPath(import.meta.url)), "..");
const path = (file) => join(client, file);
const require = createRequire(import.meta.url);
const { exports, dependencies } = require("../package.json");

test("the minified file has less than 6 KB, gzipped", () => {
  const { length } = gzipSync(readFileSync(path("dist/base.min.js")));
  assert(length < 6000, `${length} bytes`);
});

test("it depends on nothing", () => {
  assert.equal(dependencies, undefined);
});

test("each way to load it gives connect", async () => {
  assert.equal(typeof (await import("../dist/base.js")).connect, "function");
  assert.equal(typeof (await import("../dist/base.min.js")).connect,
    "function");
  assert.equal(typeof require("../dist/base.cjs").connect, "function");
});

test("all files that package.json names are there, with maps", () => {
  const named = JSON.stringify(exports).match(/\.\/dist[^"]*/g);
  assert(named.length >= 5);
  for (const file of named) {
    assert(existsSync(path(file)), file);
    if (!file.endsWith(".d.ts")) assert(existsSync(path(`${file}.map`)), file);
  }
});

test("messages that a project declares are checked", () => {
  const tsc = require.resolve("typescript/bin/tsc");
  const check = (...kind) =>
    execFileSync(process.execPath, [tsc, "--project", "test/types", ...kind],
      { stdio: ["ignore", "inherit", "inherit"], cwd: client });
  check("--module", "NodeNext", "--moduleResolution", "NodeNext");
});
