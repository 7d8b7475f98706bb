// Imports TypeScript of the tree: bundled by esbuild into one module in a temporary file.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { requirePackage, root } from "./paths.mjs";

/** The module at a path of the tree. */
export async function importSource(path) {
  const folder = mkdtempSync(join(tmpdir(), "frontrow-module-")), outfile = join(folder, "module.mjs");
  try {
    await requirePackage("esbuild").build({ absWorkingDir: root, entryPoints: [path], bundle: true, format: "esm", platform: "neutral", outfile });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
