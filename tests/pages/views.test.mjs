// Every view of both pages, light and in English, dark and in Korean: axe, the width of a phone, the language, the look.
//
// Remake the fingerprints of the look after a wanted change: FRONTROW_REMAKE=1 node --test tests/pages/views.test.mjs
import assert from "node:assert/strict";
import { describe } from "node:test";
import { prepareBoardViews, walkBoardViews } from "./support/board_views.mjs";
import { desktop, mobile, test } from "./support/browser.mjs";
import { fitsWidth, hasGround, isAccessible, isKorean } from "./support/checks.mjs";
import { prepareFanViews, titles, walkFanViews } from "./support/fan_views.mjs";
import { distance, fingerprintOf, Fingerprints, tolerance } from "./support/fingerprint.mjs";
import { Server } from "./support/server.mjs";
import { Shop } from "./support/shop.mjs";
import { wordsOf } from "./support/words.mjs";

// A join without a code, a concert that does not exist, a cluster that is not there.
const askedInVain = [/status of 403.*\/queue\/tokens/, /status of 404.*\/(concerts\/99999|cluster)/];
const names = [
  ...titles, "Arena", "Stalls", "Circle", "Standing", "Hall", "Club", "VIP", "admin", "camera 30-36", "seats 2",
].map((name) => new RegExp(`^${name}$`));
names.push(/\(KRW\)$/, /^count=/);

/** Looks at a view in all sizes; collects all faults, so that one run tells them all. */
function observer(t, page, { scheme, language, fingerprints }) {
  const faults = [];
  const demand = async (check) => {
    try {
      await check();
    } catch (problem) {
      faults.push(problem.message);
    }
  };
  const look = async (view) => {
    for (const size of Object.keys(fingerprints)) {
      await page.setViewportSize(viewports[size]);
      const what = `${view}, ${size}, ${scheme}`;
      await demand(() => fitsWidth(page, what));
      if (size === "mobile") await demand(() => isAccessible(page, what));
      await fingerprints[size].look(page, view);
    }
    await demand(() => hasGround(page, scheme));
    if (language === "ko") await demand(() => isKorean(page, view, names));
  };
  const finish = () => {
    for (const [size, one] of Object.entries(fingerprints)) {
      one.finish();
      faults.push(...one.faults);
      t.diagnostic(`${size}: ${one.worst.view} differs most from its fingerprint: ${one.worst.apart.toFixed(3)}`);
    }
    assert.deepEqual(faults, []);
  };
  return { look, finish };
}

const viewports = { mobile, desktop };
const walks = [
  { page: "fan", language: "en", scheme: "light", sizes: ["desktop", "mobile"] },
  { page: "fan", language: "ko", scheme: "dark", sizes: ["mobile"] },
  { page: "board", language: "en", scheme: "light", sizes: ["desktop", "mobile"] },
  { page: "board", language: "ko", scheme: "dark", sizes: ["mobile"] },
];
const routes = {
  fan: { path: "/", prepare: prepareFanViews, walk: walkFanViews },
  board: { path: "/board", prepare: prepareBoardViews, walk: walkBoardViews },
};

/** A page that is pushed aside, and one without its style, are told from their fingerprint. */
async function fingerprintsTellFaults(page) {
  await page.evaluate(() => { location.hash = "#/"; });
  await page.locator("li.concert").first().waitFor();
  const whole = await fingerprintOf(page);
  assert.ok(distance(await fingerprintOf(page), whole) < 0.1, "the same page is the same");
  const changes = {
    aside: () => { document.querySelector("main").style.marginLeft = "120px"; },
    bare: () => {
      document.querySelector("main").style.marginLeft = "";
      document.querySelector("link[rel=stylesheet]").disabled = true;
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    await page.evaluate(change);
    const apart = distance(await fingerprintOf(page), whole);
    assert.ok(apart > tolerance, `${name}: ${apart}`);
  }
}

describe("views", { concurrency: 2 }, () => {
  for (const { page: name, language, scheme, sizes } of walks)
    test(`every view of the ${name === "fan" ? "fans' page" : "board"}, ${scheme}, ${language}`, async ({ t, open }) => {
      const server = await Server.start({ args: ["--wallet-charge", "fan"] });
      t.after(() => server.end());
      const shop = new Shop(server), { path, prepare, walk } = routes[name];
      const prepared = await prepare(shop);
      const page = await open({ base: server.address, path, locale: language === "ko" ? "ko-KR" : "en-US", colorScheme: scheme, allow: askedInVain });
      const fingerprints = Object.fromEntries(sizes.map((size) => [size, new Fingerprints(`${name}_${size}_${scheme}`)]));
      const { look, finish } = observer(t, page, { scheme, language, fingerprints });
      await walk(page, await wordsOf(name, language), shop, prepared, look);
      finish();
      if (name === "fan" && scheme === "light") await fingerprintsTellFaults(page);
    });
});
