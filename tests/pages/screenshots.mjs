// Makes docs/images/*.png, a picture of each part of the pages: node tests/pages/screenshots.mjs [FOLDER]
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { walkBoardViews, prepareBoardViews } from "./support/board_views.mjs";
import { desktop, endBrowser, mobile, startBrowser } from "./support/browser.mjs";
import { prepareFanViews, walkFanViews } from "./support/fan_views.mjs";
import { root } from "./support/paths.mjs";
import { Server } from "./support/server.mjs";
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

/** Fewer colours make a file that is small enough, and are not seen. */
async function shrink(png, drawing) {
  const data = await drawing.evaluate(async (source) => {
    const bytes = Uint8Array.from(atob(source), (char) => char.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const pixels = pen.getImageData(0, 0, image.width, image.height);
    for (let at = 0; at < pixels.data.length; ++at) if (at % 4 !== 3) pixels.data[at] = Math.min(255, Math.round(pixels.data[at] / 17) * 17);
    pen.putImageData(pixels, 0, 0);
    const small = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    let text = "";
    for (const byte of small) text += String.fromCharCode(byte);
    return btoa(text);
  }, png.toString("base64"));
  return Buffer.from(data, "base64");
}

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
    writeFileSync(file, png.length > bytesMax ? await shrink(png, drawing) : png);
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
