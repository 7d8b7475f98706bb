// A fan's way from the list of concerts to the tickets, alone, with reloads, with tabs, and in the order of the line.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { test } from "./support/browser.mjs";
import { isAccessible } from "./support/checks.mjs";
import { FanSteps } from "./support/fan_steps.mjs";
import { Server } from "./support/server.mjs";
import { Shop } from "./support/shop.mjs";
import { until } from "./support/until.mjs";
import { wordsOf } from "./support/words.mjs";

const words = await wordsOf("fan");
let server, shop;
before(async () => {
  server = await Server.start({ args: ["--wallet-charge", "fan"] });
  shop = new Shop(server);
});
after(() => server?.end());

// One place in the shop; the others wait.
const narrow = { maxActive: 1, admitPerSecond: 100, sessionSeconds: 600, idleSeconds: 60 };
const keptTickets = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("tickets")).flatMap((key) => JSON.parse(localStorage[key])));

describe("a fan", { concurrency: 3 }, () => {
  test("a reload at every step changes nothing", async ({ open }) => {
    const concert = await shop.concert({ title: "Reloads", queue: narrow });
    const first = await shop.fan(concert);
    const page = await open({ base: server.address });
    const fan = new FanSteps(page, words);
    const stays = async (shows) => {
      await shows();
      await page.reload();
      await shows();
    };

    await stays(() => fan.shows(words.concerts.title));
    await fan.choose("Reloads");
    await stays(() => fan.shows("Reloads"));
    await fan.join();
    await stays(() => fan.waits());
    assert.equal(await fan.place(), 1);
    await first.leave();
    await stays(() => fan.shops());
    await fan.chooseBest(2);
    await stays(() => fan.holds());
    await fan.charge();
    await stays(() => fan.payButton().waitFor());
    await fan.pay();
    assert.equal((await shop.payments(concert.concertId)).length, 1);
    await page.reload();
    await page.getByText(words.bought.mine(2)).waitFor();
    await fan.showTickets();
    await stays(() => until("two tickets", async () => (await fan.tickets().count()) === 2));
  });

  test("a paid ticket survives: join again, leave, reload", async ({ open }) => {
    await shop.concert({ title: "Once more" });
    const page = await open({ base: server.address });
    const fan = new FanSteps(page, words);
    await fan.choose("Once more");
    await fan.join();
    await fan.shops();
    await fan.chooseBest(1);
    await fan.charge();
    await fan.pay();
    await until("the ticket in the browser", async () => (await keptTickets(page)).length === 1);
    const [{ ticketId }] = await keptTickets(page);

    await page.reload();
    await fan.join();
    await fan.shops();
    await fan.leaveShop();
    await fan.button(words.join.button).waitFor();
    await page.reload();
    await page.getByText(words.bought.mine(1)).waitFor();
    await fan.showTickets();
    await page.getByText(words.tickets.id(ticketId)).waitFor();
    await page.getByRole("img", { name: /QR/ }).waitFor();
  });

  test("a second tab has the same place, and takes over when the first is closed", async ({ open }) => {
    const concert = await shop.concert({ title: "Two tabs", queue: narrow });
    const first = await shop.fan(concert);
    const one = await open({ base: server.address });
    const streams = [];
    one.context().on("request", (request) => { if (request.url().endsWith("/queue/token/events")) streams.push(request); });
    const fan = new FanSteps(one, words);
    await fan.choose("Two tabs");
    await fan.join();
    await fan.waits();

    const two = await open({ base: server.address, context: one.context(), path: `/#/concerts/${concert.concertId}` });
    const again = new FanSteps(two, words);
    await again.waits();
    assert.equal(await again.place(), 1);
    assert.equal((await shop.read(concert.concertId)).waiting, 1, "both tabs are one place");
    assert.equal(streams.length, 1, "both tabs share one stream");

    await one.close();
    await until("the second tab's stream", () => streams.length === 2);
    await first.leave();
    await again.shops();
  });

  test("two tabs: seats that are held in one are paid in the other", async ({ open }) => {
    const concert = await shop.concert({ title: "Held there", queue: { ...narrow, maxActive: 5 } });
    const one = await open({ base: server.address });
    const fan = new FanSteps(one, words);
    await fan.choose("Held there");
    await fan.join();
    await fan.shops();
    await fan.chooseBest(2);
    const two = await open({ base: server.address, context: one.context(), path: `/#/concerts/${concert.concertId}` });
    const again = new FanSteps(two, words);
    await again.holds();
    await again.charge();
    await again.pay();
    await fan.shows("Held there");
    await one.getByText(words.bought.mine(2)).waitFor();
    assert.equal((await shop.payments(concert.concertId)).length, 1);
  });

  test("another device goes on with the place and the tickets", async ({ open }) => {
    const concert = await shop.concert({ title: "Two devices", queue: narrow });
    await shop.fan(concert);
    const phone = await open({ base: server.address });
    const fan = new FanSteps(phone, words);
    await fan.choose("Two devices");
    await fan.join();
    await fan.waits();
    const token = await phone.evaluate((id) => JSON.parse(localStorage[`frontrow.place.${id}`]).token, concert.concertId);
    await phone.getByRole("link", { name: words.nav.device }).click();
    await fan.button(words.device.show).click();
    await phone.getByRole("img", { name: words.device.code }).waitFor();

    const laptop = await open({ base: server.address, path: `/#/adopt/${concert.concertId}/${token}` });
    const there = new FanSteps(laptop, words);
    await there.shows(words.device.adoptTitle);
    await isAccessible(laptop, "taking over");
    await there.button(words.device.adopt).click();
    await there.waits();
    assert.equal(await there.place(), 1);
    assert.equal((await shop.read(concert.concertId)).waiting, 1);
  });

  test("others' seats disappear by themselves, and one that was chosen is taken back", async ({ open }) => {
    const concert = await shop.concert({ title: "Busy", seats: 4, queue: { ...narrow, maxActive: 5 } });
    const page = await open({ base: server.address });
    const fan = new FanSteps(page, words);
    await fan.choose("Busy");
    await fan.join();
    await fan.shops();
    const map = page.locator(".seat-map-surface");
    await map.focus();
    await map.press("Enter");
    await page.getByText(words.shop.chosen(1)).first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: /^Remove/ }).waitFor();

    const other = await shop.fan(concert);
    await other.hold([1]);
    await page.getByRole("button", { name: /^Remove/ }).waitFor({ state: "detached" });
    await page.locator(".notes .note").waitFor();
    await other.hold([2, 3, 4]);
    await page.getByRole("heading", { name: words.shop.soldOut }).waitFor();
  });

  test("the waitlist: sold out, a refund, the offer, payment", async ({ open }) => {
    const concert = await shop.concert({ title: "Sold out", seats: 2, queue: { ...narrow, maxActive: 5 } });
    await shop.buyer(concert, [1, 2]);
    const page = await open({ base: server.address });
    const fan = new FanSteps(page, words);
    await fan.choose("Sold out");
    await fan.join();
    await page.getByRole("heading", { name: words.shop.soldOut }).waitFor();
    assert.equal(await fan.button(words.shop.holdBest(2)).count(), 0, "what cannot be had is not offered");
    await fan.button(words.waitlist.join).click();
    await page.getByText(words.waitlist.position("1", "1")).waitFor();
    const [payment] = await shop.payments(concert.concertId);
    await shop.refund(concert.concertId, payment.paymentId);
    await fan.shows(words.hold.offerTitle);
    await fan.charge();
    await fan.pay();
  });

  test("a sale with a challenge: the page solves it", async ({ t, open }) => {
    const guarded = await Server.start({ args: ["--challenge-algorithm", "altcha", "--challenge-max-number", "3000"] });
    t.after(() => guarded.end());
    await new Shop(guarded).concert({ title: "Guarded" });
    const fan = new FanSteps(await open({ base: guarded.address, allow: [/status of 403.*\/queue\/tokens/] }), words);
    await fan.choose("Guarded");
    await fan.join();
    await fan.shops();
  });
});
