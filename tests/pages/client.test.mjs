// @frontrow/client without a browser, against a real server: what a program that is built on it relies on.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID, webcrypto } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { pagesFolder } from "./support/paths.mjs";
import { Server } from "./support/server.mjs";
import { Shop, momentIn } from "./support/shop.mjs";
import { importSource } from "./support/source_modules.mjs";
import { until } from "./support/until.mjs";

// Node 18 has it behind a switch.
globalThis.crypto ??= webcrypto;
const { FrontrowClient, Problem } = await importSource("net/pages/client/src/index.ts");
const { OperatorClient, newAct } = await importSource("net/pages/client/src/operator.ts");
let server, shop;
before(async () => {
  server = await Server.start({ args: ["--wallet-charge", "fan"] });
  shop = new Shop(server);
});
after(() => server?.end());

const queue = { maxActive: 1, admitPerSecond: 100, sessionSeconds: 600, idleSeconds: 60 };
const roomy = { ...queue, maxActive: 10 };
const timeout = 60_000;

/** What a browser would keep. */
class Store {
  kept = new Map();
  getItem = (key) => this.kept.get(key) ?? null;
  setItem = (key, value) => void this.kept.set(key, value);
  removeItem = (key) => void this.kept.delete(key);
}
const newClient = (options = {}) => new FrontrowClient({ base: server.url, store: new Store(), ...options });
const state = (visit, wanted) => until(`state ${wanted}`, () => visit.state.entry?.state === wanted);
/** A fetch that hands requests that fit to `instead`, with the real fetch. */
const intercept = (method, path, instead) => (input, init) =>
  (init.method === method && path.test(input) ? instead(() => fetch(input, init), init, input) : fetch(input, init));

describe("the client", { concurrency: 4 }, () => {
  test("joins, waits, holds, pays and has the ticket", { timeout }, async (t) => {
    const concert = await shop.concert({ queue });
    const first = await shop.fan(concert);
    const client = newClient(), visit = client.visit(concert.concertId);
    t.after(() => visit.stop());
    const joined = await visit.join();
    assert.equal(joined.state, "waiting");
    assert.equal(joined.position, 1);
    await first.leave();
    await state(visit, "active");
    const hold = await visit.hold({ date: concert.dates[0].date, quantity: 2, together: true });
    assert.deepEqual(hold.seats, [1, 2]);
    await assert.rejects(visit.pay([hold.holdId]), (problem) => problem instanceof Problem && problem.slug === "insufficient-balance");
    await client.charge(visit, { amount: hold.amount });
    const payment = await visit.pay([hold.holdId]);
    assert.equal(payment.amount, 100_000);
    await state(visit, "completed");
    const tickets = await client.tickets.refresh();
    assert.deepEqual(tickets.map(({ seat }) => seat), [1, 2]);
    assert.match(tickets[0].code, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test("sends a payment whose response was lost again under the same key", { timeout }, async (t) => {
    const concert = await shop.concert({ queue: roomy });
    const keys = [];
    const lost = intercept("POST", /\/payments$/, async (send, { headers }) => {
      keys.push(headers["Idempotency-Key"]);
      const response = await send();
      if (keys.length < 3) throw new TypeError("connection lost");
      return response;
    });
    const client = newClient({ fetch: lost }), visit = client.visit(concert.concertId);
    t.after(() => visit.stop());
    await visit.join();
    const hold = await visit.hold({ date: concert.dates[0].date, seats: [7] });
    await client.charge(visit, { amount: 3 * hold.amount });
    const { balance } = await visit.pay([hold.holdId]);
    assert.equal(balance, 2 * hold.amount, "taken once");
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.equal((await shop.payments(concert.concertId)).length, 1);
  });

  test("keeps the key of a payment over a reload, which brings it to its end", { timeout }, async (t) => {
    const concert = await shop.concert({ queue: roomy });
    const store = new Store(), keys = [];
    let down = true;
    const cut = intercept("POST", /\/payments$/, async (send, { headers }) => {
      keys.push(headers["Idempotency-Key"]);
      const response = await send();
      if (down) throw new TypeError("connection lost");
      return response;
    });
    const before = newClient({ store, fetch: cut }), visit = before.visit(concert.concertId);
    await visit.join();
    const hold = await visit.hold({ date: concert.dates[0].date, quantity: 1 });
    await before.charge(visit, { amount: hold.amount });
    const unanswered = visit.pay([hold.holdId]);
    await until("the payment at the server", async () => (await shop.payments(concert.concertId)).length === 1);

    const afterwards = newClient({ store, fetch: intercept("POST", /\/payments$/, (send, { headers }) => {
      keys.push(headers["Idempotency-Key"]);
      return send();
    }) });
    const again = afterwards.visit(concert.concertId);
    again.start();
    t.after(() => { visit.stop(); again.stop(); });
    assert.equal(again.pending, "pay");
    const { payment } = await again.resume();
    assert.equal(again.pending, null);
    down = false;
    assert.equal((await unanswered).paymentId, payment.paymentId);
    assert.equal(new Set(keys).size, 1);
    assert.equal((await shop.payments(concert.concertId)).length, 1);
  });

  test("finds the place again after a reload", { timeout }, async (t) => {
    const concert = await shop.concert({ queue });
    await shop.fan(concert);
    const store = new Store(), before = newClient({ store });
    const { number } = await before.visit(concert.concertId).join();
    before.visit(concert.concertId).stop();
    const visit = newClient({ store }).visit(concert.concertId);
    t.after(() => visit.stop());
    assert.equal(visit.state.hasPlace, true);
    visit.start();
    await state(visit, "waiting");
    assert.equal(visit.state.entry.number, number);
  });

  test("polls where streams are held back", { timeout }, async (t) => {
    const concert = await shop.concert({ queue });
    const first = await shop.fan(concert);
    let streams = 0;
    const held = intercept("GET", /\/queue\/token\/events$/, async () => {
      ++streams;
      return new Response("", { headers: { "Content-Type": "text/event-stream" } });
    });
    const visit = newClient({ fetch: held }).visit(concert.concertId);
    t.after(() => visit.stop());
    await visit.join();
    await until("the end of the streams", () => streams === 2);
    await first.leave();
    await state(visit, "active");
    assert.ok(streams < 5, `${streams} streams`);
  });

  test("waits as long as Retry-After says, and tells the outage", { timeout }, async (t) => {
    const concert = await shop.concert({ queue: roomy });
    const sent = [], told = [];
    const busy = intercept("POST", /\/holds$/, (send) => {
      sent.push(Date.now());
      if (sent.length > 1) return send();
      const body = JSON.stringify({ type: "/problems/overloaded", title: "Overloaded", status: 503 });
      return new Response(body, { status: 503, headers: { "Retry-After": "1", "Content-Type": "application/problem+json" } });
    });
    const client = newClient({ fetch: busy }), visit = client.visit(concert.concertId);
    t.after(() => visit.stop());
    client.onOutage((problem) => told.push(problem?.slug ?? null));
    await visit.join();
    await visit.hold({ date: concert.dates[0].date, quantity: 1 });
    assert.equal(sent.length, 2);
    assert.ok(sent[1] - sent[0] >= 990, `sent again after ${sent[1] - sent[0]} ms`);
    assert.equal(told.includes("overloaded"), true);
    assert.equal(told.at(-1), null);
  });

  test("knows the seats as they change", { timeout }, async (t) => {
    const concert = await shop.concert({ seats: 40, queue: roomy });
    const { date } = concert.dates[0];
    const client = newClient(), visit = client.visit(concert.concertId);
    await visit.join();
    let seats = null;
    const feed = client.watchSeats(visit, date, (now) => { seats = now; });
    t.after(() => { feed.stop(); visit.stop(); });
    await until("the map", () => seats?.free.length === 40);
    assert.equal(seats.seatsAvailable, 40);
    const other = await shop.fan(concert);
    await other.hold([3, 4]);
    await until("the change", () => seats.seatsAvailable === 38);
    assert.deepEqual([...seats.free.slice(0, 6)], [1, 1, 0, 0, 1, 1]);
    await other.leave();
    await until("the seats' return", () => seats.seatsAvailable === 40);
  });

  test("takes the offer of the waitlist", { timeout }, async (t) => {
    const concert = await shop.concert({ seats: 2, queue: roomy });
    await shop.buyer(concert, [1, 2]);
    const client = newClient(), visit = client.visit(concert.concertId);
    t.after(() => visit.stop());
    await visit.join();
    const { date } = concert.dates[0];
    await assert.rejects(visit.hold({ date, quantity: 1 }), { slug: "not-available" });
    const { entries } = await visit.joinWaitlist({ date, quantity: 1 });
    assert.equal(entries[0].position, 1);
    const [payment] = await shop.payments(concert.concertId);
    await shop.refund(concert.concertId, payment.paymentId);
    const holdId = await until("the offer", () => visit.state.entry?.offeredHoldId);
    await client.charge(visit, { amount: 50_000 });
    assert.equal((await visit.pay([holdId])).seats.length, 1);
  });

  test("joins a presale with a code only", { timeout }, async (t) => {
    const concert = await shop.concert({ opensAt: momentIn(86_400), queue: roomy });
    const { codes } = await shop.office("POST", `/v1/admin/concerts/${concert.concertId}/access-codes`, { count: 1, uses: 1, opensAt: momentIn(0.2) });
    await until("the presale", async () => (await shop.read(concert.concertId)).phase === "open");
    const visit = newClient().visit(concert.concertId);
    t.after(() => visit.stop());
    await assert.rejects(visit.join(), { slug: "access-code-required" });
    assert.equal((await visit.join({ accessCode: codes[0] })).state, "active");
  });

  test("goes on with another device", { timeout }, async (t) => {
    const concert = await shop.concert({ queue });
    await shop.fan(concert);
    const client = newClient(), visit = client.visit(concert.concertId);
    const { number } = await visit.join();
    const other = newClient();
    const entry = await other.adopt(concert.concertId, visit.token);
    t.after(() => { visit.stop(); other.visit(concert.concertId).stop(); });
    assert.equal(entry.number, number);
    assert.equal(other.userId, client.userId);
  });

  test("forgets no ticket: left, joined again, refunded", { timeout }, async (t) => {
    const concert = await shop.concert({ queue: { ...roomy, stayAfterPayment: true } });
    const store = new Store(), client = newClient({ store }), visit = client.visit(concert.concertId);
    t.after(() => visit.stop());
    await visit.join();
    const hold = await visit.hold({ date: concert.dates[0].date, quantity: 1 });
    await client.charge(visit, { amount: hold.amount });
    const { paymentId } = await visit.pay([hold.holdId]);
    await client.tickets.refresh();
    await visit.leave();
    await visit.join();
    await visit.leave();
    const reloaded = newClient({ store });
    assert.equal(reloaded.tickets.tickets.length, 1);
    assert.equal((await reloaded.tickets.refresh()).length, 1);
    await shop.refund(concert.concertId, paymentId);
    await until("the refund", async () => (await shop.payments(concert.concertId))[0].state === "refunded");
    const [kept] = await reloaded.tickets.refresh();
    assert.equal(kept.void, true);
  });

  test("tells that a place is known no more", { timeout }, async (t) => {
    const concert = await shop.concert({ queue: { ...roomy, sessionSeconds: 1 } });
    const visit = newClient().visit(concert.concertId);
    t.after(() => visit.stop());
    await visit.join();
    await state(visit, "expired");
    assert.equal(visit.state.hasPlace, false);
    await assert.rejects(visit.hold({ date: concert.dates[0].date, quantity: 1 }), Problem);
  });

  test("the operator's part: creates, changes with a version, refunds, exports", { timeout }, async () => {
    const office = new OperatorClient({ base: server.url, key: server.adminKey });
    await assert.rejects(new OperatorClient({ base: server.url, key: "wrong-key-wrong-key" }).readKey(), { status: 401 });
    assert.ok((await office.readKey()).scopes.includes("operate"));
    const request = { title: "Made", dates: [{ date: "2036-12-24", sections: [{ name: "Hall", seats: 4, price: 1000 }] }] };
    const act = newAct();
    const made = await office.createConcert(request, act);
    assert.equal((await office.createConcert(request, act)).concertId, made.concertId, "one act is one concert");
    const { etag } = await office.readConcert(made.concertId);
    await office.changeConcert(made.concertId, { title: "Changed" }, etag, newAct());
    await assert.rejects(office.changeConcert(made.concertId, { title: "Late" }, etag, newAct()), { status: 412 });
    const buyer = await shop.buyer(made, [2], randomUUID());
    const { payments } = await office.findPayments(made.concertId, { user: buyer.userId });
    const refund = await office.refund(made.concertId, payments[0].paymentId, undefined, newAct());
    assert.equal(refund.amount, 1000);
    const file = await office.exportConcert(made.concertId, "payments", "csv");
    assert.match(await file.data.text(), new RegExp(buyer.userId));
  });
});

test("npm pack makes a package with types that a program imports", { timeout }, async (t) => {
  const run = promisify(execFile), folder = mkdtempSync(join(tmpdir(), "frontrow-pack-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: join(pagesFolder, "client") });
  const [archive] = readdirSync(folder);
  await run("tar", ["-xzf", archive], { cwd: folder });
  const packed = join(folder, "package"), { exports, type } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
  assert.equal(type, "module");
  for (const { types, default: script } of Object.values(exports)) {
    assert.match(readFileSync(join(packed, types), "utf8"), /export/);
    assert.ok(Object.keys(await import(pathToFileURL(join(packed, script)).href)).length > 0);
  }
  const { FrontrowClient: Packed } = await import(pathToFileURL(join(packed, exports["."].default)).href);
  assert.ok(Array.isArray(await new Packed({ base: server.url }).listConcerts()));
  assert.match(readFileSync(join(packed, "README.md"), "utf8"), /npm|import/);
});

test("solves a challenge before the join", { timeout }, async (t) => {
  const guarded = await Server.start({ args: ["--challenge-algorithm", "altcha", "--challenge-max-number", "3000"] });
  t.after(() => guarded.end());
  const concert = await new Shop(guarded).concert({ queue: roomy });
  const visit = new FrontrowClient({ base: guarded.url, store: new Store() }).visit(concert.concertId);
  t.after(() => visit.stop());
  assert.equal((await visit.join()).state, "active");
});
