// Builds dist/ for `npm pack`: the server's types, then JavaScript and declarations by tsc.
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const at = (...names) => join(here, ...names);
const require = createRequire(import.meta.url);
const node = (script, ...options) => execFileSync(process.execPath, [script, ...options], { cwd: here, stdio: "inherit" });

rmSync(at("dist"), { recursive: true, force: true });
const generator = join(dirname(require.resolve("openapi-typescript")), "..", "bin", "cli.js");
node(generator, at("..", "openapi.json"), "-o", at("src", "schema.d.ts"));
node(require.resolve("typescript/bin/tsc"), "-p", here);
copyFileSync(at("src", "schema.d.ts"), at("dist", "schema.d.ts"));

// Node resolves no names without an ending.
for (const name of readdirSync(at("dist"))) {
  const text = readFileSync(at("dist", name), "utf8");
  const complete = text.replace(/(from "\.\/[\w-]+)(")/g, "$1.js$2");
  if (complete !== text) writeFileSync(at("dist", name), complete);
}
