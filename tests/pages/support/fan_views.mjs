// Every view of the fans' page, in the order in which one fan meets them.
import { FanSteps } from "./fan_steps.mjs";
import { until } from "./until.mjs";

export const titles = ["Winter Tour", "Reunion", "Small Club", "Early Birds"];
const date = "2036-12-24T19:30";
const queue = { maxActive: 1, admitPerSecond: 100, sessionSeconds: 900, idleSeconds: 120 };

/** A hall with three categories, rows in an arc, a wheelchair place and a standing area. */
export function arenaPlan() {
  const arc = (row) => Array.from({ length: 14 + row }, (_, at) => {
    const angle = ((at - (13 + row) / 2) * 1.1) / (16 + row), radius = 16 + row * 1.1;
    return { label: String(at + 1), x: round(Math.sin(angle) * radius), y: round(Math.cos(angle) * radius - 16), ...(row === 9 && at === 0 ? { accessible: true } : {}) };
  });
  const rows = (from, to) => Array.from({ length: to - from }, (_, at) => ({ label: String.fromCharCode(65 + from + at), seats: arc(from + at) }));
  const sections = [
    { name: "Stalls", category: "VIP", rows: rows(0, 4) },
    { name: "Circle", category: "R", rows: rows(5, 10) },
    { name: "Standing", kind: "general", category: "Standing", capacity: 120 },
  ];
  return { name: "Arena", categories: ["VIP", "R", "Standing"], sections };
}
const round = (value) => Math.round(value * 100) / 100;

/** The concerts of the walk: a main one whose shop has one place, which another fan has. */
export async function prepareFanViews(shop) {
  const { planId } = await shop.plan(arenaPlan());
  const prices = { VIP: 220_000, R: 130_000, Standing: 99_000 };
  const main = await shop.office("POST", "/v1/admin/concerts", { title: titles[0], timeZone: "Asia/Seoul", queue, holdExtensions: 1, dates: [{ date, planId, prices }, { date: "2036-12-25T17:00", planId, prices }] });
  const hall = (name, seats, price, more) => ({ date: "2036-11-02T20:00", sections: [{ name, ...(more ?? { seats }), price }] });
  await shop.office("POST", "/v1/admin/concerts", { title: titles[1], order: "random", opensAt: "2036-10-01T10:00:00Z", dates: [hall("Hall", 300, 70_000)] });
  const full = await shop.office("POST", "/v1/admin/concerts", { title: titles[2], queue: { ...queue, maxActive: 50 }, dates: [hall("Club", 2, 40_000)] });
  await shop.buyer(full, [1, 2]);
  const presale = await shop.office("POST", "/v1/admin/concerts", { title: titles[3], opensAt: "2036-10-01T10:00:00Z", dates: [hall("Hall", 80, 60_000)] });
  const { codes } = await shop.office("POST", `/v1/admin/concerts/${presale.concertId}/access-codes`, { count: 1, uses: 5, opensAt: new Date(Date.now() + 200).toISOString() });
  await until("the presale", async () => (await shop.read(presale.concertId)).phase === "open");
  return { main, code: codes[0] };
}

/** Goes through all views; calls `look(name)` at each. Another fan has the shop at first, and some are before and behind. */
export async function walkFanViews(page, words, shop, concerts, look) {
  const fan = new FanSteps(page, words);
  const list = () => page.evaluate(() => { location.hash = "#/"; });
  const crowd = (count) => Promise.all(Array.from({ length: count }, () => shop.fan(concerts.main)));
  const before = [await shop.fan(concerts.main), ...await crowd(6)];

  await fan.shows(words.concerts.title);
  await page.locator("li.concert").nth(3).waitFor();
  await look("concerts");
  await fan.choose(titles[0]);
  await look("concert");
  await fan.join();
  await fan.waits();
  await crowd(18);
  await page.locator(".around").getByText("18", { exact: true }).waitFor();
  await look("waiting");
  await fan.button(words.wait.leave).click();
  await page.locator("dialog[open]").waitFor();
  await look("question");
  await fan.button(words.wait.stay).click();

  await list();
  await fan.choose(titles[1]);
  await fan.join();
  await fan.waits();
  await look("shuffled");
  await list();
  await fan.choose(titles[3]);
  await fan.join();
  await page.getByLabel(words.join.code).waitFor();
  await look("presale");
  await page.getByLabel(words.join.code).fill(concerts.code.toLowerCase().replaceAll("-", ""));
  await page.getByLabel(words.join.code).press("Enter");
  await fan.shops();
  await list();
  await fan.choose(titles[2]);
  await fan.join();
  await page.getByRole("heading", { name: words.shop.soldOut }).waitFor();
  await look("sold-out");
  await fan.button(words.waitlist.join).click();
  await page.getByText(words.waitlist.position("1", "1")).waitFor();
  await look("waitlist");

  await Promise.all(before.map((other) => other.leave()));
  await page.locator(".turn").waitFor();
  await look("turn");
  await page.getByRole("link", { name: words.turn.go }).click();
  await page.locator(".shop-head", { hasText: titles[0] }).waitFor();
  await fan.shops();
  await look("shop");
  await page.locator(".seat-map-surface").press("ArrowRight");
  await page.locator(".seat-map-surface").press("Enter");
  await page.locator(".chip").waitFor();
  await look("chosen");
  await fan.chooseBest(2);
  await fan.button(words.hold.charge).waitFor();
  await look("hold");
  await fan.charge();
  await look("pay");
  await fan.pay();
  await look("bought");
  await fan.showTickets();
  await until("two codes", async () => (await page.locator("svg.qr").count()) === 2);
  await look("tickets");
  await page.getByRole("link", { name: words.nav.device }).click();
  await fan.button(words.device.show).click();
  await page.locator("svg.qr").waitFor();
  await look("device");
  await page.evaluate(() => { location.hash = "#/concerts/99999"; });
  await fan.shows(words.problems["not-found"]());
  await look("nothing");
}
