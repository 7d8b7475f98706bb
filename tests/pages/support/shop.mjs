// What a test does through the API, beside the pages: sales are made, money comes, other fans take part.
import { randomUUID } from "node:crypto";
import { until } from "./until.mjs";

const dayMs = 24 * 3600 * 1000;

/** The day so many days from now, as the key of a date. */
export const dayIn = (days) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);
export const momentIn = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();

export class Shop {
  constructor(server) {
    this.server = server;
  }

  /** The JSON of a good response; otherwise an error with the problem. */
  async request(method, path, { body, key, token } = {}) {
    const headers = { Accept: "application/json" };
    const bearer = token ?? key;
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method === "POST") headers["Idempotency-Key"] = randomUUID();
    const response = await fetch(this.server.url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), { status: response.status });
    return text && response.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : text;
  }
  /** As an operator with every right. */
  office(method, path, body) {
    return this.request(method, path, { body, key: this.server.adminKey });
  }

  /** A concert with one hall; `more` changes the request. */
  concert({ title = "Night", seats = 20, price = 50_000, days = 30, time = "T19:30", ...more } = {}) {
    const dates = [{ date: dayIn(days) + time, sections: [{ name: "Hall", seats, price }] }];
    return this.office("POST", "/v1/admin/concerts", { title, dates, ...more });
  }
  plan(plan) {
    return this.office("POST", "/v1/admin/plans", plan);
  }
  change(concertId, change) {
    return this.office("PATCH", `/v1/admin/concerts/${concertId}`, change);
  }
  read(concertId) {
    return this.office("GET", `/v1/admin/concerts/${concertId}`);
  }
  charge(userId, amount) {
    return this.office("POST", `/v1/users/${userId}/balance/charges`, { amount });
  }
  payments(concertId) {
    return this.office("GET", `/v1/admin/concerts/${concertId}/payments`).then(({ payments }) => payments);
  }
  holds(concertId) {
    return this.office("GET", `/v1/admin/concerts/${concertId}/holds`).then(({ holds }) => holds);
  }
  seat(concertId, date, seat) {
    return this.office("GET", `/v1/admin/concerts/${concertId}/seats/${date}/${seat}`);
  }
  refund(concertId, paymentId, seats) {
    return this.office("POST", `/v1/admin/concerts/${concertId}/payments/${paymentId}/refunds`, seats ? { seats } : {});
  }

  /** Another fan, who joins; active once the line allows it. */
  async fan(concert, userId = randomUUID()) {
    const { token, state } = await this.request("POST", `/v1/concerts/${concert.concertId}/queue/tokens`, { body: { userId } });
    return new Fan(this, concert, userId, token, state);
  }
  /** A fan who has bought these seats. */
  async buyer(concert, seats, userId) {
    const fan = await this.fan(concert, userId);
    await fan.admitted();
    await fan.buy(seats);
    return fan;
  }
}

class Fan {
  constructor(shop, concert, userId, token, state) {
    Object.assign(this, { shop, concert, userId, token, state });
  }
  get #path() {
    return `/v1/concerts/${this.concert.concertId}`;
  }
  #request(method, rest, body) {
    return this.shop.request(method, this.#path + rest, { body, token: this.token });
  }
  admitted() {
    return until("the turn", async () => (await this.look()).state === "active");
  }
  hold(seats, date = this.concert.dates[0].date) {
    return this.#request("POST", "/holds", Array.isArray(seats) ? { date, seats } : { date, quantity: seats });
  }
  async pay(hold) {
    await this.shop.charge(this.userId, hold.amount);
    return this.#request("POST", "/payments", { holdId: hold.holdId });
  }
  async buy(seats) {
    return this.pay(await this.hold(seats));
  }
  look() {
    return this.#request("GET", "/queue/token");
  }
  leave() {
    return this.#request("DELETE", "/queue/token");
  }
}
