// Runs all tests of the pages: node tests/pages/run.mjs [NAME...] (such as "board"), with the program in FRONTROW_BINARY.
//
// Exit code 77: there is no Chromium to test with.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { chromiumProgram, frontrowProgram, testsFolder } from "./support/paths.mjs";
import { bundleInto, fromSource } from "./support/source_pages.mjs";

// Most of the time a test waits for the browser, the server or a clock.
const filesAtATime = 2;

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

if (!chromiumProgram) skip("Chromium is not installed (/usr/bin/chromium, or CHROMIUM)");
if (!existsSync(frontrowProgram)) {
  console.error(`there is no program ${frontrowProgram}: name it by FRONTROW_BINARY`);
  process.exit(2);
}
const wanted = process.argv.slice(2);
const files = readdirSync(testsFolder)
  .filter((name) => name.endsWith(".test.mjs") && (!wanted.length || wanted.some((part) => name.startsWith(part))))
  .map((name) => join(testsFolder, name));
// The longest ones first.
const order = ["views", "board", "trouble", "sale"];
const rank = (file) => (order.findIndex((part) => file.includes(`${part}.test`)) + order.length + 1) % (order.length + 1);
files.sort((a, b) => rank(a) - rank(b));

if (fromSource) {
  const folder = mkdtempSync(join(tmpdir(), "frontrow-bundle-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.env.FRONTROW_PAGES_BUNDLE = bundleInto(folder);
}
run({ files, concurrency: filesAtATime })
  .on("test:fail", () => { process.exitCode = 1; })
  .compose(new spec())
  .pipe(process.stdout);
