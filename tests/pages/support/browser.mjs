// Tests in a real browser: every test gets pages of its own, and fails on any error in the console, error of a script
// or violation of the content security policy.
import { after, test as nodeTest } from "node:test";
import { chromiumProgram, requirePackage } from "./paths.mjs";
import { patienceMs } from "./until.mjs";

// The popups of the address bar are pages, too: they take two seconds of CPU for each context. The others are those that
// Playwright turns off, since only the last such list counts.
const featuresOff = [
  "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
  "AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades",
  "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch", "Translate",
];
const switches = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio",
  `--disable-features=${featuresOff.join(",")}`,
];
export const mobile = { width: 360, height: 740 };
export const desktop = { width: 1280, height: 800 };
const testMs = 90_000;
const missing = chromiumProgram ? false : "skipped: Chromium is not installed (/usr/bin/chromium, or CHROMIUM)";

let browser = null, ends = false;

/** Chromium, started when it is needed first. */
export async function startBrowser() {
  browser ??= requirePackage("playwright-core").chromium.launch({ executablePath: chromiumProgram, args: switches });
  return browser;
}
export async function endBrowser() {
  await (await browser)?.close();
  browser = null;
}

/**
 * A test with pages: test(name, body), or test(name, { skip }, body). The body gets open(), which opens one as another person's browser:
 * { base, path, locale, viewport, colorScheme, allow, hurryWorker, context, ...options of a context }.
 * Without a base the page is empty. `allow` has patterns of errors that are meant to be seen there. With `hurryWorker`
 * the service worker, which pages register after a random time, comes early.
 */
export function test(name, ...rest) {
  const body = rest.pop(), { skip = false } = rest.pop() ?? {};
  if (!ends) after(endBrowser);
  ends = true;
  nodeTest(name, { skip: missing || skip, timeout: testMs }, async (t) => {
    const visits = new Visits();
    try {
      await body({ t, open: (options) => visits.open(options) });
      visits.check();
    } catch (problem) {
      for (const line of await visits.describe()) t.diagnostic(line);
      throw problem;
    } finally {
      await visits.end();
    }
  });
}

class Visits {
  #contexts = [];
  #pages = [];
  #troubles = [];

  async open({ path = "/", base, locale = "en-US", viewport = mobile, colorScheme = "light", allow = [], hurryWorker, context, ...more } = {}) {
    const own = context ?? (await this.#newContext({ locale, viewport, colorScheme, timezoneId: "Asia/Seoul", ...more }));
    const page = await own.newPage();
    this.#pages.push(page);
    this.#watch(page, allow);
    if (hurryWorker) await page.addInitScript(() => { Math.random = () => 0; });
    if (base !== undefined) await page.goto(base + path);
    return page;
  }

  async #newContext(options) {
    const context = await (await startBrowser()).newContext(options);
    this.#contexts.push(context);
    context.setDefaultTimeout(patienceMs);
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        console.error(`content security policy: ${violatedDirective} forbids ${blockedURI}`);
      });
    });
    return context;
  }

  #watch(page, allow) {
    const tell = (text) => {
      if (!allow.some((pattern) => pattern.test(text))) this.#troubles.push(text);
    };
    page.on("console", (message) => {
      if (message.type() === "error") tell(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => tell(`page: ${error.stack ?? error}`));
    page.on("crash", () => tell("the page crashed"));
  }

  check() {
    if (this.#troubles.length) throw new Error(`the pages had errors:\n${[...new Set(this.#troubles)].join("\n")}`);
  }

  /** What every page shows, for the report of a failure. */
  async describe() {
    const open = this.#pages.filter((page) => !page.isClosed());
    const texts = await Promise.all(open.map(async (page) => {
      const text = await page.evaluate(() => document.body.innerText).catch((error) => String(error));
      return `page ${page.url()} shows: ${text.replace(/\s+/g, " ").slice(0, 900)}`;
    }));
    return [...texts, ...this.#troubles.map((trouble) => `error: ${trouble}`)];
  }

  async end() {
    await Promise.all(this.#contexts.map((context) => context.close().catch(() => {})));
  }
}
