// A user's place in the line of one concert, and what the user does in its shop.
//
// start() follows the place: by an event stream, by polls where something between holds streams back, or, where
// the server says that a cache is in front, by the line in that cache; one tab does it for all. The token, and
// the keys of acts under way, are kept: after a reload start() finds the place again, and resume() brings an act
// to its end.
import type { Context } from "./context.js";
import { lookAtLine } from "./cached_line.js";
import { solveChallenge } from "./challenge.js";
import { readStream } from "./events.js";
import { Problem } from "./problem.js";
import { shareWork } from "./tabs.js";
import { backoffMs, pause } from "./transport.js";
import type { Challenge, Hold, HoldRequest, IssuedToken, Payment, QueueEntry, Waitlist, WaitlistRequest } from "./types.js";

export interface VisitState {
  /** Null without a place, and until the server has told it first. */
  entry: QueueEntry | null;
  /** There is a place that is not over, as far as is known. */
  hasPlace: boolean;
  /** Why the place is known no more, where the server said so. */
  lost: Problem | null;
}

interface KeptPlace {
  token: string;
  over: boolean;
  /** A cache in front has the line, so that no stream is opened before the first poll. */
  lineCached?: boolean;
}
type Told = { entry: QueueEntry } | { lost: Problem["body"]; status: number };

/** A stream that ends without an event twice in a row is held back: polls take its place for some time. */
const barrenMax = 2;
const pollsBeforeStream = 20;

/** Whether a place is one in the line or in the shop. */
export function isLive(entry: QueueEntry | null): boolean {
  return entry?.state === "waiting" || entry?.state === "active";
}
/** Whether there is still something to hear of: a place, or the waitlist. */
function isWatched(entry: QueueEntry | null): boolean {
  return isLive(entry) || entry?.waitlistPosition !== undefined || entry?.offeredHoldId !== undefined;
}

export class Visit {
  readonly concertId: number;
  readonly #context: Context;
  readonly #listeners = new Set<(state: VisitState) => void>();
  #state: VisitState;
  #following: AbortController | null = null;
  #barren = 0;
  #polls = 0;
  #lifeAt = 0;

  constructor(context: Context, concertId: number) {
    this.#context = context;
    this.concertId = concertId;
    this.#state = { entry: null, hasPlace: this.#hasPlace, lost: null };
  }

  get state(): VisitState {
    return this.#state;
  }
  /** The token of the newest place, also when that is over. */
  get token(): string | undefined {
    return this.#kept?.token;
  }

  /** Calls back at every change; returns how to stop that. */
  subscribe(listener: (state: VisitState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // --- the place

  /** Begins to follow the place, if there is one, in this tab or another. */
  start(): void {
    globalThis.addEventListener?.("storage", this.#onStorage);
    this.#follow();
  }
  stop(): void {
    globalThis.removeEventListener?.("storage", this.#onStorage);
    this.#following?.abort();
    this.#following = null;
  }

  /** Joins the line, or finds the place that the user has there. Solves a challenge where the sale asks for one. */
  async join(options: { accessCode?: string; signal?: AbortSignal } = {}): Promise<QueueEntry> {
    const { accessCode, signal } = options;
    const base = accessCode ? { accessCode } : {};
    let issued: IssuedToken;
    try {
      issued = await this.#postJoin(base, signal);
    } catch (error) {
      if (!(error instanceof Problem) || error.slug !== "challenge-required") throw error;
      issued = await this.#postJoin({ ...base, challenge: await this.#solve(signal) }, signal);
    }
    const { token, ...entry } = issued;
    this.adopt(token, entry);
    return entry;
  }

  /** Takes over a place by its token, as on another device of the user. */
  adopt(token: string, entry: QueueEntry): void {
    this.#context.setUser(entry.userId);
    this.#context.keepReader(token);
    this.#keep({ token, over: !isWatched(entry), ...(entry.lineCached && { lineCached: true }) });
    this.#set({ entry, hasPlace: isLive(entry), lost: null });
    this.#follow();
  }

  /** Ends the place, or the session with its holds. What was paid stays. */
  async leave(): Promise<void> {
    const token = this.token;
    if (!token) return;
    await this.#context.transport.insist("DELETE", this.#path("/queue/token"), { token });
    this.#keep({ token, over: true });
    this.#set({ entry: null, hasPlace: false, lost: null });
    this.#following?.abort();
  }

  // --- the shop

  /** The holds of the session that can still be paid. */
  async listHolds(signal?: AbortSignal): Promise<Hold[]> {
    const list = await this.#get<{ holds: Hold[] }>("/holds", signal);
    return list.holds;
  }
  hold(request: HoldRequest): Promise<Hold> {
    return this.#act("hold", "/holds", request);
  }
  readHold(holdId: number, signal?: AbortSignal): Promise<Hold> {
    return this.#get(`/holds/${holdId}`, signal);
  }
  extend(holdId: number): Promise<Hold> {
    return this.#act("extend", `/holds/${holdId}/extensions`, {});
  }
  async release(holdId: number): Promise<void> {
    await this.#context.transport.insist("DELETE", this.#path(`/holds/${holdId}`), { token: this.token });
  }
  /** Pays holds from the wallet, together. */
  async pay(holdIds: number[]): Promise<Payment> {
    const body = holdIds.length === 1 ? { holdId: holdIds[0] } : { holdIds };
    return this.#act<Payment>("pay", "/payments", body);
  }

  readWaitlist(signal?: AbortSignal): Promise<Waitlist> {
    return this.#get("/waitlist", signal);
  }
  async joinWaitlist(wish: WaitlistRequest): Promise<Waitlist> {
    const list = await this.#act<Waitlist>("waitlist", "/waitlist", wish);
    this.#follow();
    return list;
  }
  async leaveWaitlist(date: string): Promise<void> {
    await this.#context.transport.insist("DELETE", this.#path(`/waitlist?date=${date}`), { token: this.token });
  }

  /** What was being done when the page went down: call resume() then. */
  get pending(): "hold" | "pay" | null {
    if (this.#context.pendingAct(`${this.concertId}.pay`)) return "pay";
    return this.#context.pendingAct(`${this.concertId}.hold`) ? "hold" : null;
  }
  /** Brings that to its end: the hold or the payment, or the problem that decides it. */
  async resume(): Promise<{ hold?: Hold; payment?: Payment }> {
    const pay = this.#context.pendingAct(`${this.concertId}.pay`);
    if (pay) return { payment: await this.#act<Payment>("pay", "/payments", pay.body) };
    const hold = this.#context.pendingAct(`${this.concertId}.hold`);
    return hold ? { hold: await this.#act<Hold>("hold", "/holds", hold.body) } : {};
  }

  // --- requests

  #path(rest: string): string {
    return `/v1/concerts/${this.concertId}${rest}`;
  }
  #get<T>(rest: string, signal?: AbortSignal): Promise<T> {
    return this.#context.transport.insist("GET", this.#path(rest), { token: this.token, signal });
  }
  #act<T>(kind: string, rest: string, body: unknown): Promise<T> {
    return this.#context.act(`${this.concertId}.${kind}`, this.#path(rest), body, this.token);
  }
  async #postJoin(more: object, signal?: AbortSignal): Promise<IssuedToken> {
    const { identity, transport, userId } = this.#context;
    const token = identity ? await identity() : undefined;
    const body = identity ? more : { userId, ...more };
    return transport.insist("POST", this.#path("/queue/tokens"), { token, body, signal });
  }
  async #solve(signal?: AbortSignal): Promise<string> {
    return solveChallenge(await this.#context.transport.insist<Challenge>("GET", this.#path("/challenge"), { signal }), signal);
  }

  // --- following

  get #kept(): KeptPlace | null {
    return this.#context.keeper.get<KeptPlace>(`place.${this.concertId}`);
  }
  get #hasPlace(): boolean {
    return this.#kept !== null && !this.#kept.over;
  }
  #keep(place: KeptPlace): void {
    this.#context.keeper.set(`place.${this.concertId}`, place);
    this.#context.keepPlace(this.concertId);
  }
  #set(change: Partial<VisitState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener(this.#state);
  }

  // Another tab has joined, left or bought.
  readonly #onStorage = (event: StorageEvent) => {
    if (event.key !== `${this.#context.prefix}place.${this.concertId}`) return;
    const before = (JSON.parse(event.oldValue ?? "null") as KeptPlace | null)?.token;
    if (before === this.token && this.#hasPlace === this.#state.hasPlace) return;
    if (!this.#hasPlace && isLive(this.#state.entry)) this.#set({ entry: null });
    this.#set({ hasPlace: this.#hasPlace, lost: null });
    this.#follow();
  };

  #follow(): void {
    this.#following?.abort();
    this.#following = null;
    const token = this.token;
    if (!token || this.#kept?.over) return;
    const stop = (this.#following = new AbortController());
    const name = `${this.#context.prefix}place.${this.concertId}.${token.slice(-24)}`;
    shareWork<Told>(name, (tell, signal) => this.#lead(token, tell, signal), (told) => this.#hear(token, told), stop.signal)
      .catch((error) => { if (!stop.signal.aborted) throw error; });
  }

  #hear(token: string, told: Told): void {
    if (token !== this.token) return;
    if ("lost" in told) {
      this.#keep({ token, over: true });
      return this.#set({ entry: null, hasPlace: false, lost: new Problem(told.status, told.lost) });
    }
    if (!isWatched(told.entry)) this.#keep({ token, over: true });
    this.#set({ entry: told.entry, hasPlace: isLive(told.entry), lost: null });
  }

  // Follows until the place is over, or known no more.
  async #lead(token: string, tell: (told: Told) => void, signal: AbortSignal): Promise<void> {
    const { transport } = this.#context;
    for (let failures = 0; !signal.aborted;) {
      try {
        const { entry, waitMs } = await this.#hearOfPlace(token, tell, signal);
        failures = 0;
        transport.onOutage(null);
        if (entry && !isWatched(entry)) return;
        await pause(waitMs * (0.9 + 0.2 * Math.random()), signal);
      } catch (error) {
        if (signal.aborted) return;
        const problem = error instanceof Problem ? error : Problem.unreachable();
        if (!problem.passing) return tell({ lost: problem.body, status: problem.status });
        if (error instanceof Problem) transport.onOutage(problem);
        await pause(backoffMs(failures++, problem), signal);
      }
    }
  }

  #hearOfPlace(token: string, tell: (told: Told) => void, signal: AbortSignal): Promise<{ entry: QueueEntry | null; waitMs: number }> {
    const known = this.#state.entry;
    if (known?.lineCached && known.state === "waiting") return this.#look(known, token, tell, signal);
    const isNew = known === null && this.#kept?.lineCached;
    return isNew || this.#barren >= barrenMax ? this.#poll(token, tell, signal) : this.#stream(token, tell, signal);
  }

  // In the cache, and at the server for a sign of life or when the turn comes.
  async #look(known: QueueEntry, token: string, tell: (told: Told) => void, signal: AbortSignal): Promise<{ entry: QueueEntry; waitMs: number }> {
    const { transport } = this.#context;
    let look;
    try {
      look = await lookAtLine(transport, this.#path(""), known, Date.now() + transport.skewMs, signal);
    } catch (error) {
      // The server goes on hearing of the user, also where the cache fails for long.
      const passes = !(error instanceof Problem) || error.passing;
      if (signal.aborted || (passes && Date.now() < this.#lifeAt)) throw error;
      const polled = await this.#poll(token, tell, signal);
      this.#lifeAt = Date.now() + polled.waitMs;
      return polled;
    }
    const nextLife = () => Date.now() + (look.idleMs / 3) * (0.8 + 0.4 * Math.random());
    // The response that told of the cache was a sign of life, too.
    this.#lifeAt ||= nextLife();
    if (look.isDue || Date.now() >= this.#lifeAt) {
      const { entry } = await this.#poll(token, tell, signal);
      this.#lifeAt = nextLife();
      return { entry, waitMs: entry.state === "waiting" ? look.waitMs : 0 };
    }
    tell({ entry: look.entry });
    return { entry: look.entry, waitMs: look.waitMs };
  }

  async #stream(token: string, tell: (told: Told) => void, signal: AbortSignal): Promise<{ entry: QueueEntry | null; waitMs: number }> {
    let entry: QueueEntry | null = null;
    const end = await readStream(this.#context.transport, this.#path("/queue/token/events"), { token, signal }, (event) => {
      entry = JSON.parse(event.data) as QueueEntry;
      tell({ entry });
    }, () => this.#context.transport.onOutage(null));
    if (end.over) return this.#poll(token, tell, signal);
    this.#barren = end.events ? 0 : this.#barren + 1;
    return { entry, waitMs: end.events ? end.retryMs : 200 };
  }

  async #poll(token: string, tell: (told: Told) => void, signal: AbortSignal): Promise<{ entry: QueueEntry; waitMs: number }> {
    const entry = await this.#context.transport.once<QueueEntry>("GET", this.#path("/queue/token"), { token, signal });
    tell({ entry });
    if (++this.#polls % pollsBeforeStream === 0) this.#barren = 0;
    return { entry, waitMs: entry.pollAfterMs };
  }
}
