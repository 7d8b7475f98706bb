// The texts of the pages, from their own messages: a test names "hold.release", not what the button says today.
import { join } from "node:path";
import { importSource } from "./source_modules.mjs";

const known = new Map();

/** The messages of a page ("fan" or "board") in a language ("en" or "ko"). */
export async function wordsOf(page, language = "en") {
  const name = `${page}/messages_${language}.ts`;
  if (!known.has(name)) known.set(name, importSource(join("net/pages", name)).then((module) => Object.values(module).find((value) => value.nav)));
  return known.get(name);
}
