// Makes docs/images/*.png, a picture of each part of the pages: node tests/pages/screenshots.mjs [FOLDER]
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { walkBoardViews, prepareBoardViews } from "./support/board_views.mjs";
import { desktop, endBrowser, mobile, startBrowser } from "./support/browser.mjs";
import { prepareFanViews, walkFanViews } from "./support/fan_views.mjs";
import { root } from "./support/paths.mjs";
import { Server } from "./support/server.mjs";
import { smallPng } from "./support/small_png.mjs";
import { Shop } from "./support/shop.mjs";
import { wordsOf } from "./support/words.mjs";

const folder = process.argv[2] ?? join(root, "docs/images");
const bytesMax = 60_000;

// The views that are kept, and the names of their files.
const walks = [
  { page: "fan", viewport: mobile, scheme: "light", language: "en", keep: { waiting: "waiting", chosen: "shop", hold: "hold", tickets: "tickets" } },
  { page: "fan", viewport: mobile, scheme: "dark", language: "ko", keep: { concerts: "concerts_dark", waiting: "waiting_dark" } },
  { page: "board", viewport: desktop, scheme: "light", language: "en", keep: { live: "board_live", "seats-seat": "board_seats", "find-user": "board_find", new: "board_new" } },
  { page: "board", viewport: desktop, scheme: "dark", language: "ko", keep: { live: "board_dark" } },
];
const routes = {
  fan: { path: "/", prepare: prepareFanViews, walk: walkFanViews },
  board: { path: "/board", prepare: prepareBoardViews, walk: walkBoardViews },
};

async function take({ page: name, viewport, scheme, language, keep }, drawing) {
  const server = await Server.start({ args: ["--wallet-charge", "fan"] });
  const shop = new Shop(server), { path, prepare, walk } = routes[name];
  const prepared = await prepare(shop);
  const context = await (await startBrowser()).newContext({ viewport, colorScheme: scheme, locale: language === "ko" ? "ko-KR" : "en-US", timezoneId: "Asia/Seoul" });
  const page = await context.newPage();
  await page.goto(server.address + path);
  await walk(page, await wordsOf(name, language), shop, prepared, async (view) => {
    const file = keep[view] && join(folder, `${keep[view]}.png`);
    if (!file) return;
    await page.mouse.move(0, 0);
    const png = await page.screenshot({ caret: "initial", animations: "allow" });
    writeFileSync(file, await smallPng(png, drawing));
    console.log(`${file}: ${statSync(file).size} bytes`);
    if (statSync(file).size > bytesMax) process.exitCode = 1;
  });
  await context.close();
  await server.end();
}

mkdirSync(folder, { recursive: true });
const drawing = await (await (await startBrowser()).newContext()).newPage();
for (const walk of walks) await take(walk, drawing);
await endBrowser();
