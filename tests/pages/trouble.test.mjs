// When things go wrong: the server restarts, the connection is lost, the time runs out, money cannot be added.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { test } from "./support/browser.mjs";
import { fitsWidth, isAccessible, keepsFocus } from "./support/checks.mjs";
import { FanSteps } from "./support/fan_steps.mjs";
import { importPackage } from "./support/paths.mjs";
import { Server } from "./support/server.mjs";
import { Shop } from "./support/shop.mjs";
import { until } from "./support/until.mjs";
import { wordsOf } from "./support/words.mjs";

const words = await wordsOf("fan");
const { encode } = await importPackage("uqr");
// Fans do not charge their own wallets here.
let server, shop;
before(async () => {
  server = await Server.start();
  shop = new Shop(server);
});
after(() => server?.end());

const queue = { maxActive: 1, admitPerSecond: 100, sessionSeconds: 600, idleSeconds: 60 };
// The service worker's script may be read at such a moment, too; the next visit tries again.
const noConnection = [/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|ERR_SOCKET|ERR_FAILED|status of 503|when fetching the script/];
const noNetwork = [/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED|ERR_NETWORK_IO_SUSPENDED|when fetching the script/];
const outageNote = (page) => page.locator(".outage");
const userOf = (page) => page.evaluate(() => JSON.parse(localStorage["frontrow.user"]));

async function enter(open, title, options) {
  const page = await open({ base: server.address, ...options });
  const fan = new FanSteps(page, words);
  await fan.choose(title);
  await fan.join();
  return fan;
}
async function givenMoney(fan, amount, by = shop) {
  await by.charge(await userOf(fan.page), amount);
  await fan.payButton().waitFor();
}

/** A server that this test may stop. */
async function ownServer(t) {
  const server = await Server.start();
  t.after(() => server.end());
  return { server, shop: new Shop(server) };
}
/** From then on the page loads without a connection. */
function workerActs(page) {
  return until("the service worker", () => page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.active?.state === "activated" && navigator.serviceWorker.controller !== null;
  }));
}

describe("trouble", { concurrency: 3 }, () => {
  test("the server restarts: who waits keeps the place, who holds pays", async ({ t, open }) => {
    const { server, shop } = await ownServer(t);
    const concert = await shop.concert({ title: "Restart", queue });
    const holder = await enter(open, "Restart", { base: server.address, allow: noConnection });
    await holder.shops();
    await holder.chooseBest(2);
    await holder.page.getByText(words.hold.byShop).or(holder.button(words.hold.charge)).waitFor();
    const waiter = await enter(open, "Restart", { base: server.address, allow: noConnection });
    await waiter.waits();

    await server.stop();
    await outageNote(waiter.page).waitFor();
    await outageNote(holder.page).waitFor();
    await keepsFocus(waiter.page, "the page during an outage");
    await server.startAgain();
    await outageNote(waiter.page).waitFor({ state: "detached" });
    await outageNote(holder.page).waitFor({ state: "detached" });
    await waiter.waits();
    assert.equal(await waiter.place(), 1);
    await givenMoney(holder, 1_000_000, shop);
    await holder.pay();
    await waiter.shops();
    assert.equal((await shop.payments(concert.concertId)).length, 1);
  });

  test("the server restarts during a payment, which is made once", async ({ t, open }) => {
    const { server, shop } = await ownServer(t);
    const concert = await shop.concert({ title: "Restart in a payment", queue });
    const fan = await enter(open, "Restart in a payment", { base: server.address, allow: noConnection, hurryWorker: true });
    await fan.shops();
    await fan.chooseBest(1);
    await givenMoney(fan, 1_000_000, shop);
    await workerActs(fan.page);
    // The payment is made, and its response lost.
    let keys = [], lost = false;
    await fan.page.route("**/payments", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      keys.push(route.request().headers()["idempotency-key"]);
      if (keys.length > 1) return route.continue();
      await route.fetch();
      await server.stop();
      await route.abort("connectionreset");
      lost = true;
    });
    await fan.payButton().click();
    await until("the loss of the response", () => lost);
    await fan.page.reload();
    await outageNote(fan.page).waitFor();
    await server.startAgain();
    await fan.shows(words.bought.title);
    assert.ok(keys.length > 1);
    assert.equal(new Set(keys).size, 1, "one key for all repetitions");
    assert.equal((await shop.payments(concert.concertId)).length, 1);
  });

  test("a page whose script does not arrive says so", async ({ open }) => {
    const page = await open({ allow: noConnection });
    await page.route("**/*.js", (route) => route.abort("connectionreset"));
    await page.goto(server.address);
    await page.getByRole("link", { name: "Load again" }).waitFor();
    await page.unroute("**/*.js");
    await page.getByRole("link", { name: "Load again" }).click();
    await new FanSteps(page, words).shows(words.concerts.title);
  });

  test("offline and back: the place is kept, and the page says what happens", async ({ open }) => {
    const concert = await shop.concert({ title: "Tunnel", queue });
    const first = await shop.fan(concert);
    const fan = await enter(open, "Tunnel", { allow: noNetwork });
    await fan.waits();
    await fan.page.context().setOffline(true);
    await outageNote(fan.page).getByText(words.offline).waitFor();
    await isAccessible(fan.page, "the waiting room without a connection");
    await first.leave();
    await fan.page.context().setOffline(false);
    await outageNote(fan.page).waitFor({ state: "detached" });
    await fan.shops();
  });

  test("tickets are shown offline with their codes, also by a page that begins there", async ({ open }) => {
    const concert = await shop.concert({ title: "Gate", queue });
    const page = await open({ base: server.address, allow: noNetwork, hurryWorker: true });
    const fan = new FanSteps(page, words);
    await fan.choose("Gate");
    await fan.join();
    await fan.shops();
    await fan.chooseBest(2);
    await givenMoney(fan, 1_000_000);
    await fan.pay();
    await until("the tickets with their names", () => page.evaluate(() => {
      const tickets = JSON.parse(localStorage[`frontrow.tickets.${JSON.parse(localStorage["frontrow.user"])}`] ?? "[]");
      return tickets.length === 2 && tickets.every(({ about }) => about);
    }));
    await workerActs(page);

    await page.context().setOffline(true);
    await page.goto(`${server.address}/#/tickets`);
    await page.reload();
    await until("two codes", async () => (await page.locator("li.ticket svg.qr").count()) === 2);
    await page.getByText("Hall").first().waitFor();
    await page.getByRole("heading", { name: "Gate" }).first().waitFor();
    const { tickets } = await shop.office("GET", `/v1/users/${await userOf(page)}/tickets`);
    const shown = await page.locator("li.ticket svg.qr").evaluateAll((all) => all.map((node) => node.querySelector("path").getAttribute("d")));
    const drawn = tickets.map(({ code }) => encode(code, { ecc: "L", border: 4 }).data
      .map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join(""));
    assert.deepEqual([...shown].sort(), [...drawn].sort(), "the codes are those of the server");
    await fitsWidth(page, "tickets");
    assert.equal(tickets[0].concertId, concert.concertId);
  });

  test("a hold is given more time once, then runs out: the page says so and offers seats again", async ({ open }) => {
    const concert = await shop.concert({ title: "Short hold", holdSeconds: 8, holdExtensions: 1, queue });
    const fan = await enter(open, "Short hold", { allow: [/status of 409/] });
    await fan.shops();
    await fan.chooseBest(2);
    const until1 = (await shop.holds(concert.concertId))[0].expiresAt;
    await fan.button(words.hold.extend).click();
    await fan.page.getByText(words.hold.extended).waitFor();
    assert.ok((await shop.holds(concert.concertId))[0].expiresAt > until1);
    await fan.button(words.hold.extend).click();
    await fan.page.getByText(words.problems["no-extension-left"]()).waitFor();
    await fan.page.getByText(words.hold.expired).waitFor();
    await fan.shops();
    await keepsFocus(fan.page, "the shop after a hold");
    assert.equal((await shop.read(concert.concertId)).dates[0].free, 20);
  });

  test("a visit runs out: the page says so and lets join again", async ({ open }) => {
    await shop.concert({ title: "Short visit", queue: { ...queue, sessionSeconds: 3 } });
    const fan = await enter(open, "Short visit");
    await fan.shops();
    await fan.page.getByText(words.join.expired).waitFor();
    await keepsFocus(fan.page, "the end of a visit");
    await isAccessible(fan.page, "the end of a visit");
    await fan.join();
    await fan.shops();
  });

  test("who may not charge is told so, sees money that arrives, and has it back when the date is cancelled", async ({ open }) => {
    const concert = await shop.concert({ title: "Storm", queue });
    const fan = await enter(open, "Storm", { allow: [/status of 403/] });
    await fan.shops();
    await fan.chooseBest(1);
    await fan.page.getByText(words.hold.missing("\u20a950,000")).waitFor();
    // The page learns the server's rule by the first attempt.
    const charge = fan.button(words.hold.charge), told = fan.page.getByText(words.hold.byShop);
    await charge.or(told).waitFor();
    if (await charge.isVisible()) await charge.click();
    await told.waitFor();
    await givenMoney(fan, 60_000);
    await fan.pay();
    await fan.showTickets();
    await fan.page.locator("li.ticket svg.qr").waitFor();
    await shop.office("POST", `/v1/admin/concerts/${concert.concertId}/dates/${concert.dates[0].date}/cancellation`, {});
    await until("the refund", async () => (await shop.payments(concert.concertId))[0].state === "refunded");
    await fan.page.reload();
    await fan.page.getByText(words.tickets.void).waitFor();
    assert.equal(await fan.page.locator("li.ticket svg.qr").count(), 0);
    const { balance } = await shop.office("GET", `/v1/users/${await userOf(fan.page)}/balance`);
    assert.equal(balance, 60_000);
  });
});
