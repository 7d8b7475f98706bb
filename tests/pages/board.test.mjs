// The operators' board, and a whole sale with two fans and an operator.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe } from "node:test";
import { BoardSteps } from "./support/board_steps.mjs";
import { desktop, test } from "./support/browser.mjs";
import { isAccessible } from "./support/checks.mjs";
import { Cluster, etcdProgram } from "./support/cluster.mjs";
import { FanSteps } from "./support/fan_steps.mjs";
import { Server } from "./support/server.mjs";
import { Shop, dayIn } from "./support/shop.mjs";
import { until } from "./support/until.mjs";
import { wordsOf } from "./support/words.mjs";

const words = await wordsOf("board"), fanWords = await wordsOf("fan");
const roomy = { maxActive: 20, admitPerSecond: 100, sessionSeconds: 600, idleSeconds: 60 };
const refused = [/status of 40[134]/];
let server, shop;
before(async () => {
  const keys = {
    reader: { scopes: ["read"] },
    counter: { scopes: ["box-office", "read"] },
    gate: { scopes: ["check-in"] },
    limited: { scopes: ["operate", "box-office", "read"], concerts: [1] },
  };
  server = await Server.start({ args: ["--wallet-charge", "fan"], keys });
  shop = new Shop(server);
});
after(() => server?.end());

// A single server has no cluster: the board asks, and copes with 404.
const askedInVain = [/status of 404.*\/(cluster|cancellation)/s];

async function openBoard(open, secret = server.adminKey, options = {}) {
  const page = await open({ base: server.address, path: "/board", viewport: desktop, allow: askedInVain, ...options });
  const board = new BoardSteps(page, words);
  if (secret) await board.signIn(secret);
  return board;
}

test("a wrong key is refused while there is no concert; a good one is kept over a reload, not in another tab", async ({ open }) => {
  assert.equal((await shop.request("GET", "/v1/concerts")).concerts.length, 0);
  const board = await openBoard(open, null, { allow: refused });
  await board.typeKey("not-the-key-of-this-server");
  await board.page.getByText(words.signIn.wrong).waitFor();
  assert.equal(await board.page.locator("header.head").count(), 0);
  await board.signIn(server.adminKey);
  await board.shows(words.concerts.title);
  await board.page.getByText(words.concerts.empty).waitFor();
  await board.page.reload();
  await board.shows(words.concerts.title);
  const other = await openBoard(open, null, { context: board.page.context() });
  await other.shows(words.signIn.title);
  await board.button(words.nav.signOut).click();
  await board.shows(words.signIn.title);
  // For the key that is limited to it.
  assert.equal((await shop.concert({ title: "The first" })).concertId, 1);
});

describe("the board", { concurrency: 3 }, () => {
  test("the cluster: slots, links and copies, and an instance that is lost", { skip: etcdProgram ? false : "skipped: etcd is not installed" }, async ({ t, open }) => {
    const cluster = await Cluster.start();
    t.after(() => cluster.end());
    const [first, second] = cluster.instances;
    const board = await openBoard(open, first.adminKey, { base: first.address });
    await board.visit("cluster");
    const { page } = board;
    await page.getByText(words.cluster.instance("box-1", "pages")).waitFor();
    await page.getByText(words.cluster.well, { exact: true }).waitFor();
    const link = page.getByRole("table", { name: words.cluster.links }).getByRole("row").filter({ hasText: "box-2" });
    await link.getByText(words.yes, { exact: true }).waitFor();
    await isAccessible(page, "the cluster");
    // A sale goes on through either instance.
    const concert = await new Shop(second).concert({ title: "In a cluster" });
    await new Shop(first).buyer(concert, 2);
    await second.kill();
    await page.getByText(words.cluster.why.linkDown("box-2")).waitFor();
    await page.getByText(words.cluster.notWell, { exact: true }).waitFor();
  });

  test("a whole sale: an operator makes it, two fans buy, the operator refunds and closes", async ({ open }) => {
    const board = await openBoard(open);
    await board.page.getByRole("link", { name: words.nav.create }).first().click();
    await board.shows(words.create.title);
    const field = (name) => board.page.getByLabel(name, { exact: true });
    await field(words.create.name).fill("Whole sale");
    await field(words.create.date).fill(dayIn(40));
    await field(words.create.section).fill("Floor");
    await field(words.create.seats).fill("6");
    await board.page.getByLabel(words.create.price, { exact: false }).fill("70000");
    await field(words.settings.maxActive).fill("1");
    await board.button(words.create.button).click();
    await board.shows("Whole sale");
    const concert = (await shop.request("GET", "/v1/concerts")).concerts.find(({ title }) => title === "Whole sale");
    assert.equal(concert.dates[0].seatsTotal, 6);

    const one = new FanSteps(await open({ base: server.address }), fanWords);
    const two = new FanSteps(await open({ base: server.address, viewport: desktop }), fanWords);
    await one.choose("Whole sale");
    await one.join();
    await one.shops();
    await two.choose("Whole sale");
    await two.join();
    await two.waits();
    await board.page.locator(".figure", { hasText: words.live.waiting }).getByText("1", { exact: true }).waitFor();
    await one.chooseBest(2);
    await one.charge();
    await one.pay();
    await two.shops();
    await two.chooseBest(4);
    await two.charge();
    await two.pay();
    await until("all sold on the board", async () => /6/.test(await board.page.locator(".figure", { hasText: words.live.seatsSold }).innerText()));

    const [payment] = await shop.payments(concert.concertId);
    await board.opens(concert, "find");
    await board.find("payment", payment.paymentId);
    await board.button(words.record.refundAll).click();
    await board.confirm(words.record.refundAll, "2");
    await until("the refund", async () => (await shop.payments(concert.concertId))[0].state === "refunded");
    await one.showTickets();
    await one.page.reload();
    await until("two void tickets", async () => (await one.page.getByText(fanWords.tickets.void).count()) === 2);
    await two.showTickets();
    await until("four good tickets", async () => (await two.page.locator("svg.qr").count()) === 4);

    await board.button(words.live.closeSale).click();
    await board.confirm(words.live.closeSale, "Whole sale");
    await until("the end", async () => (await shop.read(concert.concertId)).phase === "closed");
  });

  test("keys see what their scopes allow, and nothing else", async ({ open }) => {
    const concert = await shop.concert({ title: "Scopes", queue: roomy });
    const buyer = await shop.buyer(concert, [1]);
    const reader = await openBoard(open, server.secrets.reader);
    const heads = await reader.links(words.nav.label);
    assert.ok(!heads.includes(words.nav.create), heads.join());
    await reader.opens(concert, "find");
    const tabs = await reader.links(words.tabs.label);
    assert.ok(!tabs.includes(words.tabs.settings), tabs.join());
    await reader.find("user", buyer.userId);
    await reader.page.locator(".record").first().waitFor();
    await reader.opens(concert, "seats?seat=1");
    await reader.page.locator(".seat-panel .record").waitFor();
    for (const act of [words.record.refundAll, words.record.refundSome, words.live.pause, words.live.closeSale, words.seats.several, words.seats.block])
      assert.equal(await reader.button(act).count(), 0, `${act} for a key that may read`);

    const gate = await openBoard(open, server.secrets.gate);
    assert.deepEqual(await gate.links(words.nav.label), [words.nav.gate]);
    const counter = await openBoard(open, server.secrets.counter);
    await counter.opens(concert);
    assert.ok(!(await counter.links(words.tabs.label)).includes(words.tabs.settings));
    const limited = await openBoard(open, server.secrets.limited);
    await limited.shows(words.concerts.title);
    await limited.page.getByRole("link", { name: "The first" }).waitFor();
    assert.equal(await limited.page.getByRole("link", { name: "Scopes" }).count(), 0);
  });

  test("blocks seats, gives them back, sells at the door", async ({ open }) => {
    const concert = await shop.concert({ title: "Door", queue: roomy });
    const { date } = concert.dates[0];
    const board = await openBoard(open);
    await board.opens(concert, "seats");
    await board.chooseSeats("3-5");
    await board.page.getByLabel(words.seats.label, { exact: false }).fill("camera");
    await board.button(words.seats.block).click();
    await board.confirm(words.seats.block);
    await board.tells(words.seats.blockDone(3));
    for (const seat of [3, 4, 5]) assert.equal((await shop.seat(concert.concertId, date, seat)).state, "blocked");
    await board.chooseSeats("5");
    await board.button(words.seats.unblock).click();
    await board.tells(words.seats.unblockDone(1));
    assert.equal((await shop.seat(concert.concertId, date, 5)).state, "free");
    await board.chooseSeats("3, 9");
    await board.page.getByLabel(words.door.note, { exact: true }).fill("counter 2, cash");
    await board.button(words.door.button(2)).click();
    await board.page.locator("dialog[open] input[name=typed]").waitFor();
    await board.page.locator("dialog[open] input[name=typed]").fill("2");
    await board.button(words.door.button(2), board.page.locator("dialog[open]")).click();
    await board.page.getByRole("heading", { name: words.door.done("\u20a9100,000") }).waitFor();
    await isAccessible(board.page, "the tickets of a sale at the door");
    assert.equal((await shop.seat(concert.concertId, date, 9)).state, "sold");
    await board.visit("audit");
    await board.page.getByText(words.audit.action["sell-seats"]).first().waitFor();
  });

  test("finds by user, seat and payment, and refunds one seat of several", async ({ open }) => {
    const concert = await shop.concert({ title: "Search", queue: roomy });
    const { date } = concert.dates[0];
    const buyer = await shop.buyer(concert, [7, 8, 9]);
    const [payment] = await shop.payments(concert.concertId);
    const board = await openBoard(open);
    await board.opens(concert, "find");
    await board.find("seat", 8);
    const panel = board.page.locator(".seat-panel");
    await panel.getByRole("link", { name: buyer.userId }).waitFor();
    await board.opens(concert, "find");
    await board.find("payment", payment.paymentId);
    await board.page.getByText(words.record.payment(payment.paymentId)).waitFor();
    await board.find("user", buyer.userId);
    await board.page.getByText(words.record.has(0, 3)).waitFor();
    await board.page.locator(".ticks").getByText("8", { exact: true }).click();
    await board.button(words.record.refundSome).click();
    await board.confirm(words.record.refundSome, "1");
    await board.page.getByText(words.record.has(0, 2)).waitFor();
    assert.equal((await shop.seat(concert.concertId, date, 8)).state, "free");
    assert.equal((await shop.seat(concert.concertId, date, 9)).state, "sold");
    await board.find("user", "0190163d-8694-739b-aea5-966c26f8ad91");
    await board.page.getByText(words.record.noPlace).waitFor();
  });

  test("cancels a date, with the progress of its refunds", async ({ open }) => {
    const concert = await shop.concert({ title: "Cancelled", queue: roomy });
    const { date } = concert.dates[0];
    for (const seat of [1, 2, 3]) await shop.buyer(concert, [seat]);
    const board = await openBoard(open);
    await board.opens(concert, "dates");
    await board.button(words.dates.cancelDate).click();
    await board.page.locator("dialog[open]").getByLabel(words.dates.reason, { exact: false }).fill("storm");
    await board.confirm(words.dates.cancelDate, date);
    await board.page.getByText(words.dates.progressDone).first().waitFor();
    await board.page.getByText(words.dates.progress(3, 3)).first().waitFor();
    assert.ok((await shop.payments(concert.concertId)).every(({ state }) => state === "refunded"));
  });

  test("the counter saves exports whose rows are those of the sale, and lets a ticket in once", async ({ open }) => {
    const concert = await shop.concert({ title: "Counter", queue: roomy });
    const buyer = await shop.buyer(concert, [11, 12]);
    const board = await openBoard(open, server.secrets.counter);
    await board.opens(concert, "exports");
    const saved = async (card, kind) => {
      const download = board.page.waitForEvent("download");
      await board.button(kind, board.page.locator(".card", { has: board.page.getByRole("heading", { name: card, exact: true }) })).click();
      return readFileSync(await (await download).path(), "utf8");
    };
    const payments = (await saved(words.exports.payments, words.exports.csv)).trim().split(/\r?\n/);
    assert.equal(payments.length, 2);
    assert.ok(payments[1].includes(buyer.userId), payments[1]);
    const seats = (await saved(words.exports.seats, words.exports.ndjson)).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(seats.map(({ seat }) => seat), [11, 12]);

    const { tickets } = await shop.office("GET", `/v1/users/${buyer.userId}/tickets`);
    await board.opens(concert, "gate");
    const ticket = board.page.getByLabel(words.gate.ticket, { exact: true });
    await ticket.fill(tickets[0].code);
    await board.button(words.gate.look).click();
    await board.button(words.gate.checkIn).click();
    await board.tells(words.gate.letIn);
    await ticket.fill(tickets[0].ticketId);
    await board.button(words.gate.look).click();
    await board.page.locator(".verdict.used").waitFor();
    assert.equal(await board.button(words.gate.checkIn).count(), 0);
    await isAccessible(board.page, "a ticket at the gate");
  });

  test("changes settings, shows another operator's change, and makes access codes, which are shown once", async ({ open }) => {
    const opensAt = new Date(Date.now() + 86_400_000).toISOString();
    const concert = await shop.concert({ title: "Settings", queue: roomy, opensAt });
    const board = await openBoard(open, server.adminKey, { allow: [/status of 412/, ...askedInVain] });
    await board.opens(concert, "settings");
    const active = board.page.getByLabel(words.settings.maxActive, { exact: true });
    await active.fill("7");
    await board.button(words.settings.save).click();
    await board.tells(words.settings.saved);
    assert.equal((await shop.read(concert.concertId)).queue.maxActive, 7);
    await active.fill("9");
    await shop.change(concert.concertId, { queue: { maxActive: 3 } });
    await board.button(words.settings.save).click();
    await board.page.getByText(words.settings.conflict).waitFor();
    await isAccessible(board.page, "a conflict");
    assert.equal((await shop.read(concert.concertId)).queue.maxActive, 3);

    await board.opens(concert, "codes");
    await board.page.getByLabel(words.codes.count, { exact: true }).fill("3");
    const good = board.page.getByLabel(words.codes.opensAt, { exact: true });
    // The browser's clock is that of Seoul.
    if (!(await good.inputValue())) await good.fill(new Date(Date.now() + 9 * 3600 * 1000 + 60_000).toISOString().slice(0, 16));
    await board.button(words.codes.button).click();
    await board.page.getByText(words.codes.once).waitFor();
    await isAccessible(board.page, "new codes");
    const shown = await board.page.locator("textarea.codes").inputValue();
    assert.equal(new Set(shown.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g)).size, 3, shown);
    await board.button(words.codes.saved).click();
    await board.page.getByRole("table").getByText("3", { exact: true }).first().waitFor();
    assert.equal(await board.page.locator("textarea.codes").count(), 0);
  });
});
