// Screenshots compared loosely. A fingerprint is the grey of 32 times 32 fields of a view, as hexadecimal digits, one
// string for each line of fields.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBrowser } from "./browser.mjs";
import { testsFolder } from "./paths.mjs";

const fields = 32;
/** A quite different font makes up to 0.5, a page without its style about 1. */
export const tolerance = 0.6;
let drawing = null;

/** A page without contents, which computes the greys. */
async function drawingPage() {
  drawing ??= (await startBrowser()).newContext().then((context) => context.newPage());
  return drawing;
}

// The top of the page; canvases follow a new size of the window two frames later.
const settle = (page) => page.evaluate(() => new Promise((done) => {
  scrollTo({ top: 0, behavior: "instant" });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
}));

// Drawn small by the browser: a whole picture takes ten times as long.
async function smallPicture(page) {
  const session = await page.context().newCDPSession(page), { width, height } = page.viewportSize();
  const { data } = await session.send("Page.captureScreenshot", { format: "png", clip: { x: 0, y: 0, width, height, scale: 0.25 } });
  await session.detach();
  return data;
}

/** The fingerprint of what the page shows in its window. */
export async function fingerprintOf(page) {
  await settle(page);
  const png = await smallPicture(page);
  const greys = await (await drawingPage()).evaluate(async ([data, fields]) => {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data: colours } = pen.getImageData(0, 0, image.width, image.height);
    const sums = new Float64Array(fields * fields), counts = new Float64Array(fields * fields);
    for (let y = 0; y < image.height; ++y)
      for (let x = 0; x < image.width; ++x) {
        const at = 4 * (y * image.width + x), field = Math.floor((y * fields) / image.height) * fields + Math.floor((x * fields) / image.width);
        sums[field] += 0.3 * colours[at] + 0.59 * colours[at + 1] + 0.11 * colours[at + 2];
        ++counts[field];
      }
    return [...sums].map((sum, at) => Math.round(sum / counts[at] / 17));
  }, [png, fields]);
  return Array.from({ length: fields }, (_, line) => greys.slice(line * fields, (line + 1) * fields).map((grey) => grey.toString(16)).join(""));
}

const valuesOf = (line) => [...line].map((digit) => parseInt(digit, 16) * 17);

/**
 * How unlike two fingerprints are: 0 for equal ones, about 1 for views that have nothing in common. Lines may be shifted
 * by one, as other fonts do that.
 */
export function distance(seen, reference) {
  const a = seen.map(valuesOf), b = reference.map(valuesOf);
  const mean = b.flat().reduce((sum, grey) => sum + grey, 0) / (fields * fields);
  const lineDistance = (one, other) => (one && other ? one.reduce((sum, grey, at) => sum + Math.abs(grey - other[at]), 0) : Infinity);
  const apart = b.reduce((sum, line, at) => sum + Math.min(lineDistance(a[at], line), lineDistance(a[at - 1], line), lineDistance(a[at + 1], line)), 0);
  const variation = b.flat().reduce((sum, grey) => sum + Math.abs(grey - mean), 0);
  return apart / Math.max(variation, 1);
}

/** The fingerprints of a walk: read from a file, compared with what is seen, or made anew (FRONTROW_REMAKE=1). */
export class Fingerprints {
  static remakes = process.env.FRONTROW_REMAKE === "1";
  #file;
  #known;
  #seen = {};
  /** What differs too much. */
  faults = [];
  /** The view that differs most. */
  worst = { view: "", apart: 0 };

  constructor(name) {
    this.#file = join(testsFolder, "fingerprints", `${name}.json`);
    this.#known = existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, "utf8")) : {};
  }

  async look(page, view) {
    const seen = (this.#seen[view] = await fingerprintOf(page));
    if (Fingerprints.remakes) return;
    const known = this.#known[view], apart = known ? distance(seen, known) : 1;
    if (apart > this.worst.apart) this.worst = { view, apart };
    if (apart > tolerance) this.faults.push(`${view} looks different: ${apart.toFixed(2)} of at most ${tolerance}`);
  }
  finish() {
    if (Fingerprints.remakes) return writeFileSync(this.#file, JSON.stringify(this.#seen, null, 1) + "\n");
    for (const view of Object.keys(this.#known)) if (!this.#seen[view]) this.faults.push(`${view} was not shown`);
  }
}
