// Without a pointer: from the list of concerts to the ticket, and through the board's questions.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { BoardSteps } from "./support/board_steps.mjs";
import { desktop, test } from "./support/browser.mjs";
import { keepsFocus } from "./support/checks.mjs";
import { FanSteps } from "./support/fan_steps.mjs";
import { arenaPlan } from "./support/fan_views.mjs";
import { Keys } from "./support/keys.mjs";
import { Server } from "./support/server.mjs";
import { Shop } from "./support/shop.mjs";
import { until } from "./support/until.mjs";
import { wordsOf } from "./support/words.mjs";

const words = await wordsOf("fan"), boardWords = await wordsOf("board");
let server, shop;
before(async () => {
  server = await Server.start({ args: ["--wallet-charge", "fan"] });
  shop = new Shop(server);
});
after(() => server?.end());

const queue = { maxActive: 1, admitPerSecond: 100, sessionSeconds: 600, idleSeconds: 60 };

test("keys alone lead from the list of concerts to the ticket", async ({ t, open }) => {
  const { planId } = await shop.plan(arenaPlan());
  const prices = { VIP: 220_000, R: 130_000, Standing: 99_000 }, title = "Keys";
  const concert = await shop.office("POST", "/v1/admin/concerts", { title, queue, dates: [{ date: "2036-12-24", planId, prices }] });
  const first = await shop.fan(concert);
  const page = await open({ base: server.address, viewport: desktop });
  const fan = new FanSteps(page, words), keys = new Keys(page);
  // The heading of a new view has the focus, so that the way goes on from there.
  const begins = async (name) => {
    await fan.shows(name);
    await until(`the focus on ${name}`, async () => (await keys.focused())?.tag === "h1");
  };

  await fan.shows(words.concerts.title);
  await keys.go(title);
  await begins(title);
  await keys.go(words.join.button);
  await begins(words.wait.title);
  await keys.go(words.wait.leave);
  await page.locator("dialog[open]").waitFor();
  await keys.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  await until("the focus back where it was", async () => (await keys.focused())?.name === words.wait.leave);
  await first.leave();
  await begins(words.shop.title);

  const seat = () => page.evaluate(() => document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.textContent);
  await page.locator(".seat-map-surface").waitFor();
  await keys.tabTo(words.shop.map);
  const begun = await seat();
  assert.match(begun, /^Stalls, row A, seat 1, .*₩220,000, free$/);
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await keys.press(key);
  const below = await seat();
  assert.match(below, /^Stalls, row B, seat \d+/);
  await keys.press("Enter");
  await until("the seat's new state", async () => (await seat()).endsWith(words.shop.chosenState));
  await keys.press("PageDown");
  assert.match(await seat(), /^Circle, row F/);
  await keys.press("PageUp");
  await keys.press("Home");
  assert.match(await seat(), /^Stalls, row A, seat 1\b/);
  await keys.press("n");
  assert.match(await seat(), /free$/);
  await keys.press("Space");
  await until("two chosen seats", async () => (await page.locator(".chip").count()) === 2);

  await keys.go(/^Hold for/);
  await begins(words.hold.title);
  await keys.go(words.hold.charge);
  await fan.payButton().waitFor();
  await keepsFocus(page, "the hold, whose form has gone");
  await keys.tabTo(/^Pay ₩440,000/);
  await keys.press("Enter");
  await begins(words.bought.title);
  await keys.go(words.bought.tickets);
  await begins(words.tickets.title);
  await until("two codes", async () => (await page.locator("svg.qr").count()) === 2);
  t.diagnostic(`${keys.stops} stops`);
  assert.ok(keys.stops <= 40, `${keys.stops} stops of Tab in all`);
});

test("keys alone lead over the board to a question and back", async ({ open }) => {
  await shop.concert({ title: "Board keys" });
  const page = await open({ base: server.address, path: "/board", viewport: desktop, allow: [/status of 404.*history/] });
  const board = new BoardSteps(page, boardWords), keys = new Keys(page);
  await board.shows(boardWords.signIn.title);
  await keys.tabTo(boardWords.signIn.key);
  await page.keyboard.type(server.adminKey);
  await keys.press("Enter");
  await board.shows(boardWords.concerts.title);
  await keys.go("Board keys");
  await board.shows("Board keys");
  await keys.go(boardWords.live.pause);
  const dialog = page.locator("dialog[open]");
  await dialog.waitFor();
  await keys.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await until("the focus on the button that asked", async () => (await keys.focused())?.name === boardWords.live.pause);
  await keys.press("Enter");
  await dialog.waitFor();
  await keys.go(boardWords.live.pause);
  await board.tells(boardWords.live.phaseDone.paused);
  await keepsFocus(page, "the board, whose question has gone");
});
