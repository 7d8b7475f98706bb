// Where things are: the tree, the packages of net/pages, Chromium.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const testsFolder = dirname(here);
export const root = dirname(dirname(testsFolder));
export const pagesFolder = join(root, "net/pages");

/** Resolves packages as net/pages does. */
export const requirePackage = createRequire(join(pagesFolder, "package.json"));
/** An ES module of a package of net/pages. */
export const importPackage = (name) => import(pathToFileURL(requirePackage.resolve(name)).href);

const chromiumPlaces = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"];
/** The browser's program; undefined where there is none. */
export const chromiumProgram = chromiumPlaces.find((place) => place && existsSync(place));

/** The program under test. */
export const frontrowProgram = process.env.FRONTROW_BINARY ?? join(root, "build/release/tools/frontrow");
