// @frontrow/client behind a cache of the line: places come from copies, and the server hears signs of life only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { webcrypto } from "node:crypto";
import { Server } from "./support/server.mjs";
import { Shop, momentIn } from "./support/shop.mjs";
import { importSource } from "./support/source_modules.mjs";
import { until } from "./support/until.mjs";

globalThis.crypto ??= webcrypto;
const { FrontrowClient } = await importSource("net/pages/client/src/index.ts");
const { positionIn } = await importSource("net/pages/client/src/cached_line.ts");
let server, shop;
before(async () => {
  server = await Server.start({ args: ["--http-line-cached"] });
  shop = new Shop(server);
});
after(() => server?.end());

const queue = { maxActive: 1, admitPerSecond: 100, sessionSeconds: 600, idleSeconds: 3 };
const timeout = 60_000;

/** A client that keeps nothing but its requests' paths. */
function counting({ store = null, instead = fetch } = {}) {
  const asked = [];
  const client = new FrontrowClient({
    base: server.url,
    store,
    fetch: (input, init) => {
      asked.push(`${init.method} ${new URL(input).pathname.replace(/^.*concerts\/\d+/, "")}`);
      return instead(input, init);
    },
  });
  return { client, count: (path) => asked.filter((one) => one === path).length };
}

test("a waiting client follows its place in the cache, and enters in its turn", { timeout }, async (t) => {
  const concert = await shop.concert({ queue });
  const first = await shop.fan(concert), second = await shop.fan(concert);
  const { client, count } = counting(), visit = client.visit(concert.concertId), positions = [];
  t.after(() => visit.stop());
  visit.subscribe(({ entry }) => entry?.state === "waiting" && positions.push(entry.position));
  const joined = await visit.join();
  assert.equal(joined.lineCached, true);
  assert.equal(joined.position, 2);

  const present = setInterval(() => [first, second].map((fan) => fan.look().catch(() => {})), 700);
  t.after(() => clearInterval(present));
  await until("three looks", () => count("GET /line/blocks/0") >= 3);
  assert.equal(count("GET /queue/token/events"), 0);
  // Longer than idleSeconds: the signs of life keep the place.
  await until("signs of life", () => count("GET /queue/token") >= 4);
  assert.equal(visit.state.entry.state, "waiting");

  await second.leave();
  await until("the first place", () => visit.state.entry.position === 1);
  await first.leave();
  await until("the turn", () => visit.state.entry.state === "active");
  assert.deepEqual(positions, [...positions].sort((a, b) => b - a), "a position never rises");
  await until("the stream of the shop", () => count("GET /queue/token/events") === 1);
});

for (const status of [404, 503]) {
  test(`a cache that fails with ${status} does not end the place`, { timeout }, async (t) => {
    const concert = await shop.concert({ queue });
    const first = await shop.fan(concert);
    const present = setInterval(() => first.look().catch(() => {}), 700);
    t.after(() => clearInterval(present));
    const instead = (input, init) => (/\/line/.test(input) ? Promise.resolve(new Response("gone", { status })) : fetch(input, init));
    const { client, count } = counting({ instead }), visit = client.visit(concert.concertId);
    t.after(() => visit.stop());
    await visit.join();
    const joinedAt = Date.now();
    await until("polls in place of looks, for longer than idleSeconds", () => count("GET /queue/token") >= 2 && Date.now() > joinedAt + 8000);
    assert.equal(visit.state.entry.state, "waiting");
    await first.leave();
    await until("the turn", () => visit.state.entry.state === "active");
  });
}

test("after a reload the client asks for its place, and then the cache", { timeout }, async (t) => {
  const concert = await shop.concert({ queue: { ...queue, idleSeconds: 60 } });
  await shop.fan(concert);
  const kept = new Map();
  const store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
  const before = counting({ store });
  await before.client.visit(concert.concertId).join();
  before.client.visit(concert.concertId).stop();
  const { client, count } = counting({ store }), visit = client.visit(concert.concertId);
  t.after(() => visit.stop());
  visit.start();
  await until("a look", () => count("GET /line/blocks/0") >= 1);
  assert.equal(count("GET /queue/token"), 1);
  assert.equal(count("GET /queue/token/events"), 0);
});

test("a shuffled line has its places from the opening on", { timeout }, async (t) => {
  const concert = await shop.concert({ queue, order: "random", opensAt: momentIn(3) });
  const { client } = counting(), visit = client.visit(concert.concertId);
  t.after(() => visit.stop());
  const joined = await visit.join();
  assert.equal(joined.shuffle, "pending");
  await until("the turn", () => visit.state.entry.state === "active");
  assert.equal(visit.state.entry.place, 1);
});

test("positions are counted over bytes", () => {
  const bits = Buffer.from([0b10110001, 0b00000001]).toString("base64");
  const block = { waitingBefore: 100, places: 9, bits };
  assert.deepEqual([...Array(9).keys()].map((bit) => positionIn(block, bit)), [101, null, null, null, 102, 103, null, 104, 105]);
});
