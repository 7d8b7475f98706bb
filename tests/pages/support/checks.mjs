// What is demanded of every view, whatever it shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { requirePackage } from "./paths.mjs";
import { until } from "./until.mjs";

let axeSource = null;

/** No violation that axe knows, in what is shown now. */
export async function isAccessible(page, what) {
  axeSource ??= readFileSync(requirePackage.resolve("axe-core/axe.min.js"), "utf8");
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(`${axeSource};0`);
  const violations = await page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html, any }) => `${html.slice(0, 140)} ${any[0]?.message ?? ""}`).join(" | ")}`);
  });
  assert.deepEqual(violations, [], `axe in ${what}`);
}

/** Nothing is wider than the window. */
export async function fitsWidth(page, what) {
  const { wanted, given, culprits } = await page.evaluate(() => {
    const given = document.documentElement.clientWidth;
    const scrolls = (node) => node && node !== document.body && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
    const wide = [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > given + 1 && !scrolls(node.parentElement));
    return { wanted: document.documentElement.scrollWidth, given, culprits: wide.slice(0, 3).map(({ outerHTML }) => outerHTML.slice(0, 120)) };
  });
  assert.ok(wanted <= given, `${what} is ${wanted} pixels wide in a window of ${given}: ${culprits.join(" ")}`);
}

/** The element with the focus is not the body. */
export async function keepsFocus(page, what) {
  await until(`an element with the focus in ${what}`, () => page.evaluate(() => document.activeElement !== document.body));
}

/** The texts that are shown, except those in elements of another language. */
async function shownTexts(page) {
  return page.evaluate(() => {
    const texts = [], language = document.documentElement.lang;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, parent = node.parentElement;
      if (parent.closest("[lang]")?.lang === language && parent.checkVisibility() && !parent.closest("script, style, option, code")) texts.push(node.data.trim());
    }
    const labels = [...document.querySelectorAll("[aria-label], [title]")].filter((node) => node.checkVisibility() && node.closest("[lang]").lang === language);
    return [...texts, ...labels.map((node) => node.getAttribute("aria-label") ?? node.title)].filter(Boolean);
  });
}

/** Every text is Korean, but for names that people and programs gave, listed as patterns. */
export async function isKorean(page, what, names = []) {
  assert.equal(await page.evaluate(() => document.documentElement.lang), "ko", what);
  const allowed = [/^front$/, /^row$/, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, ...names];
  const foreign = (await shownTexts(page)).filter((text) => /[A-Za-z]{3}/.test(text) && !/[\uac00-\ud7a3]/.test(text) && !allowed.some((name) => name.test(text)));
  assert.deepEqual(foreign, [], `not Korean in ${what}`);
}

/** The page's ground is dark, or light. */
export async function hasGround(page, scheme) {
  const colour = await page.evaluate(() => {
    const own = getComputedStyle(document.body).backgroundColor;
    return own === "rgba(0, 0, 0, 0)" ? getComputedStyle(document.documentElement).backgroundColor : own;
  });
  const light = colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
  assert.ok(scheme === "dark" ? light < 70 : light > 190, `${scheme} ground, but it is ${colour}`);
}
