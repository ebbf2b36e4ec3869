// A file of src/ alone, for what cannot be seen from outside in short time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const src = join(dirname(fileURLToPath(import.meta.url)), "../../src");

export async function importSource(name) {
  const folder = mkdtempSync(join(tmpdir(), "base-client-src-"));
  const outfile = join(folder, "module.mjs");
  try {
    await build({ entryPoints: [join(src, `${name}.ts`)], bundle: true, outfile,
      format: "esm", logLevel: "warning" });
    return await import(pathToFileURL(outfile));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
