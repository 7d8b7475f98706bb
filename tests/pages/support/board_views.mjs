// Every view of the operators' board.
import { BoardSteps } from "./board_steps.mjs";
import { arenaPlan } from "./fan_views.mjs";
import { until } from "./until.mjs";

const date = "2036-12-24T19:30";

/** A sale with every state of a seat, and fans in the line. */
export async function prepareBoardViews(shop) {
  const { planId } = await shop.plan(arenaPlan());
  const prices = { VIP: 220_000, R: 130_000, Standing: 99_000 };
  const queue = { maxActive: 4, admitPerSecond: 100, sessionSeconds: 900, idleSeconds: 900 };
  const main = await shop.office("POST", "/v1/admin/concerts", { title: "Winter Tour", timeZone: "Asia/Seoul", queue, dates: [{ date, planId, prices }, { date: "2036-12-25T17:00", planId, prices }] });
  const buyers = [];
  for (const seats of [[1, 2], [5, 6, 7], [20, 21], [70], [90, 91, 92, 93]]) buyers.push(await shop.buyer(main, seats));
  const holders = [await shop.fan(main), await shop.fan(main), await shop.fan(main), await shop.fan(main)];
  await holders[0].hold([10, 11]);
  await holders[1].hold([100]);
  for (let at = 0; at < 3; ++at) await shop.fan(main);
  await shop.office("PUT", `/v1/admin/concerts/${main.concertId}/dates/${date}/blocks`, { ranges: [[30, 36]], blocked: true, label: "camera" });
  const [first] = await shop.payments(main.concertId);
  await shop.refund(main.concertId, first.paymentId, [2]);
  await shop.office("POST", `/v1/admin/concerts/${main.concertId}/dates/2036-12-25T17:00/cancellation`, {});
  const presale = await shop.office("POST", "/v1/admin/concerts", { title: "Early Birds", opensAt: "2036-10-01T10:00:00Z", dates: [{ date: "2036-11-02T20:00", sections: [{ name: "Hall", seats: 80, price: 60_000 }] }] });
  await shop.office("POST", `/v1/admin/concerts/${presale.concertId}/access-codes`, { count: 20, uses: 1, opensAt: "2036-09-01T10:00:00Z" });
  return { main, presale, user: buyers[1].userId, planId };
}

/** Goes through all views; calls `look(name)` at each. */
export async function walkBoardViews(page, words, shop, { main, presale, user, planId }, look) {
  const board = new BoardSteps(page, words);
  await board.shows(words.signIn.title);
  await look("sign-in");
  await board.signIn(shop.server.adminKey);
  await page.locator("li.concert").nth(1).waitFor();
  await page.locator("figure.curve").first().waitFor();
  await look("concerts");
  // The tabs of a concert, and an element that is there when all is read.
  const tabs = {
    "live": "figure.curve",
    "seats": ".seat-map-surface",
    "seats?seat=6": ".seat-panel .record",
    [`find?user=${user}`]: ".record .record",
    "dates": ".cancellation progress",
    "settings": "form",
    "exports": ".tiles",
    "gate": "form",
  };
  for (const [path, shown] of Object.entries(tabs)) {
    await board.opens(main, path);
    await page.locator(shown).first().waitFor();
    await look(path.replace(/\?(\w+).*/, "-$1"));
  }
  await board.opens(main, "seats?date=" + date);
  await board.chooseSeats("40-42");
  await page.locator(".side fieldset").first().waitFor();
  await look("seats-chosen");
  await board.button(words.seats.block).click();
  await page.locator("dialog[open]").waitFor();
  await look("question");
  await board.button(words.cancel).click();
  await board.opens(presale, "codes");
  await page.getByRole("table").first().waitFor();
  await look("codes");
  await board.visit("new");
  await board.shows(words.create.title);
  await page.getByRole("combobox", { name: words.create.seatsFrom, exact: true }).selectOption(String(planId));
  await page.locator(".seat-map-surface").waitFor();
  await look("new");
  await board.visit(`wallets?user=${user}`);
  await page.getByText(words.wallets.balance, { exact: true }).first().waitFor();
  await look("wallets");
  await board.visit("audit");
  await page.getByRole("table").first().waitFor();
  await look("audit");
  await board.visit("cluster");
  await page.getByText(words.cluster.singleText).waitFor();
  await look("cluster");
  await until("no dialog", async () => (await page.locator("dialog[open]").count()) === 0);
}
