// Builds dist/: ESM, CommonJS, one minified file, source maps and types, and
// public/base.js of the quickstart. With `--check`, public/base.js is not
// written but compared: it must be what src/ makes.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const page = join(here, "../public/base.js");
const { name, version } =
  JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

const HEAD = `/*
 * The client of Base, ${name} ${version}. This file is built from client/src:
 * change that, and run \`npm run build\` in client/. docs/reference/client.md
 * says what it does.
 */`;

const common = {
  absWorkingDir: here,
  entryPoints: ["src/index.ts"],
  bundle: true,
  // Older ones than these have no private methods.
  target: ["safari15", "firefox100", "chrome94", "node18"],
  charset: "utf8",
  logLevel: "warning",
};

async function text(options) {
  const { outputFiles } = await build({ ...common, ...options, write: false });
  return outputFiles[0].text;
}

const readable = await text({ format: "esm", banner: { js: HEAD } });

if (!process.argv.includes("--check")) {
  writeFileSync(page, readable);
} else if (readFileSync(page, "utf8") !== readable) {
  console.error("public/base.js is not what client/src makes: "
    + "run `npm run build` in client/");
  process.exit(1);
}

rmSync(dist, { recursive: true, force: true });
const outputs = [
  ["base.js", { format: "esm" }],
  ["base.cjs", { format: "cjs" }],
  ["base.min.js", { format: "esm", minify: true }],
];
for (const [file, options] of outputs) {
  await build({ ...common, ...options, sourcemap: true,
    outfile: join(dist, file) });
}
copyFileSync(join(here, "../LICENSE"), join(dist, "LICENSE"));

// Types, once for each kind of module: TypeScript takes what lies beside a
// package.json without a type for CommonJS.
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
for (const folder of ["types", "types-cjs"]) {
  execFileSync(process.execPath, [tsc, "--project", here, "--noEmit", "false",
    "--declaration", "--emitDeclarationOnly", "--outDir", join(dist, folder)],
    { stdio: "inherit" });
}
writeFileSync(join(dist, "types-cjs/package.json"),
  `${JSON.stringify({ type: "commonjs" })}\n`);

const size = gzipSync(readFileSync(join(dist, "base.min.js"))).length;
console.log(`base.min.js: ${size} bytes gzipped`);
