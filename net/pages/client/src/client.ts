// The client of one server, for one user: where everything else begins.
import { Context } from "./context.js";
import { browserStore, Keeper, type KeyValueStore } from "./keeper.js";
import { Problem } from "./problem.js";
import { SeatFeed, type SeatFeedState } from "./seat_feed.js";
import { TicketBook } from "./ticket_book.js";
import { Transport } from "./transport.js";
import type { Balance, Charge, ChargeRequest, Concert, Payment, Plan, QueueEntry } from "./types.js";
import { Visit } from "./visit.js";

export interface ClientOptions {
  /** The server's address; "" is the page's own. */
  base?: string;
  fetch?: typeof fetch;
  /** Where the user's id, tokens and tickets are kept; localStorage where there is one. Null: nowhere. */
  store?: KeyValueStore | null;
  /** Begins the names of what is kept. */
  prefix?: string;
  /** Gives the shop's own token (JWT), where the server has [identity]. */
  identity?: () => string | Promise<string>;
}

export class FrontrowClient {
  readonly tickets: TicketBook;
  readonly #context: Context;
  readonly #visits = new Map<number, Visit>();
  readonly #plans = new Map<number, Promise<Plan>>();
  readonly #outageListeners = new Set<(problem: Problem | null) => void>();
  #outage: Problem | null = null;

  constructor(options: ClientOptions = {}) {
    const prefix = options.prefix ?? "frontrow.";
    const transport = new Transport(options);
    const keeper = new Keeper(options.store === undefined ? browserStore() : options.store, prefix);
    this.#context = new Context(transport, keeper, prefix, options.identity ?? null);
    this.tickets = new TicketBook(this.#context);
    transport.onOutage = (problem) => this.#setOutage(problem);
  }

  get userId(): string {
    return this.#context.userId;
  }
  /** The server's time, in milliseconds since 1970, good to a second: for countdowns. */
  now(): number {
    return Date.now() + this.#context.transport.skewMs;
  }

  /** Why requests fail at the moment, though they are being repeated; null while the server responds. */
  get outage(): Problem | null {
    return this.#outage;
  }
  onOutage(listener: (problem: Problem | null) => void): () => void {
    this.#outageListeners.add(listener);
    return () => this.#outageListeners.delete(listener);
  }

  async listConcerts(signal?: AbortSignal): Promise<Concert[]> {
    const list = await this.#context.transport.insist<{ concerts: Concert[] }>("GET", "/v1/concerts", { signal });
    return list.concerts;
  }
  readConcert(concertId: number, signal?: AbortSignal): Promise<Concert> {
    return this.#context.transport.insist("GET", `/v1/concerts/${concertId}`, { signal });
  }
  /** A seating plan; it never changes, and is read once. */
  readPlan(planId: number): Promise<Plan> {
    const known = this.#plans.get(planId);
    if (known) return known;
    const read = this.#context.transport.insist<Plan>("GET", `/v1/plans/${planId}`);
    this.#plans.set(planId, read);
    read.catch(() => this.#plans.delete(planId));
    return read;
  }

  /** The user's visit to a concert: always the same object. */
  visit(concertId: number): Visit {
    const known = this.#visits.get(concertId) ?? new Visit(this.#context, concertId);
    this.#visits.set(concertId, known);
    return known;
  }
  /** The concerts where the user has a place, or had the last one. */
  get places(): number[] {
    return this.#context.places;
  }
  /** Takes over a place of the user from another device, by its token. */
  async adopt(concertId: number, token: string): Promise<QueueEntry> {
    const entry = await this.#context.transport.insist<QueueEntry>("GET", `/v1/concerts/${concertId}/queue/token`, { token });
    this.visit(concertId).adopt(token, entry);
    return entry;
  }
  watchSeats(visit: Visit, date: string, onChange: (state: SeatFeedState) => void): SeatFeed {
    return new SeatFeed(this.#context, visit, date, onChange);
  }

  readBalance(signal?: AbortSignal): Promise<Balance> {
    return this.#context.readOwn(`/v1/users/${this.userId}/balance`, signal);
  }
  /** Charges the user's own wallet, where the server allows that: problem "charge-not-allowed" otherwise. */
  async charge(visit: Visit, request: ChargeRequest): Promise<Charge> {
    try {
      const charge = await this.#context.act<Charge>("charge", `/v1/users/${this.userId}/balance/charges`, request, visit.token);
      this.#context.keeper.set("charge", true);
      return charge;
    } catch (error) {
      if (error instanceof Problem && error.slug === "charge-not-allowed") this.#context.keeper.set("charge", false);
      throw error;
    }
  }
  /** Whether fans may charge their own wallets here: as far as is known, which the first charge tells. */
  get mayCharge(): boolean {
    return this.#context.keeper.get<boolean>("charge") ?? true;
  }
  /** The user's payments, newest first. */
  async listPayments(signal?: AbortSignal): Promise<Payment[]> {
    const list = await this.#context.readOwn<{ payments: Payment[] }>(`/v1/users/${this.userId}/payments?limit=100`, signal);
    return list.payments;
  }

  #setOutage(problem: Problem | null): void {
    if (this.#outage === problem || (problem && this.#outage?.slug === problem.slug)) return;
    this.#outage = problem;
    for (const listener of [...this.#outageListeners]) listener(problem);
  }
}
