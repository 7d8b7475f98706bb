// Which seats of a date can be held, kept current: the whole map once, then its changes by an event stream, or
// by polls where streams are held back. One tab listens for all.
import { Bits } from "./bits.js";
import type { Context } from "./context.js";
import { readStream } from "./events.js";
import { Problem } from "./problem.js";
import { shareWork } from "./tabs.js";
import { backoffMs, pause } from "./transport.js";
import type { SeatBitmap, SeatChanges } from "./types.js";
import type { Visit } from "./visit.js";

export interface SeatFeedState {
  /** One byte for each seat: 1 if it can be held now. Changed in place. */
  free: Uint8Array;
  seatsAvailable: number;
  version: number;
  /** Why there will be no further changes: "completed", "off-sale", "cancelled" and so on; null while there may be. */
  ended: string | null;
}

type Told = { changes: SeatChanges } | { reset: true } | { end: string };

const pollMs = 2500;

export class SeatFeed {
  readonly #context: Context;
  readonly #visit: Visit;
  readonly #path: string;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #onChange: (state: SeatFeedState) => void;
  #state: SeatFeedState = { free: new Uint8Array(0), seatsAvailable: 0, version: 0, ended: null };
  #loading: Promise<void> | null = null;
  #barren = 0;

  /** Begins at once; calls back when the map is there, and at every change. stop() ends it. */
  constructor(context: Context, visit: Visit, date: string, onChange: (state: SeatFeedState) => void) {
    this.#context = context;
    this.#visit = visit;
    this.#onChange = onChange;
    this.#path = `/v1/concerts/${visit.concertId}/dates/${date}/seats`;
    this.#name = `${context.prefix}seats.${visit.concertId}.${date}`;
    void this.#run();
  }

  get state(): SeatFeedState {
    return this.#state;
  }
  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      await this.#load();
      await shareWork<Told>(this.#name, (tell) => this.#lead(tell), (told) => void this.#hear(told), signal);
    } catch (error) {
      if (!signal.aborted) this.#end(error instanceof Problem ? error.slug : "network");
    }
  }

  #load(): Promise<void> {
    return (this.#loading ??= this.#read().finally(() => (this.#loading = null)));
  }
  async #read(): Promise<void> {
    const map = await this.#context.transport.insist<SeatBitmap>("GET", `${this.#path}?view=bitmap`, this.#options);
    this.#take(map);
  }
  get #options() {
    return { token: this.#visit.token, signal: this.#stop.signal };
  }

  #take(map: SeatBitmap): void {
    const bits = new Bits(map.bits), free = new Uint8Array(map.seatsTotal);
    for (let at = 0; at < free.length; ++at) free[at] = bits.at(at);
    this.#set({ free, seatsAvailable: map.seatsAvailable, version: map.version, ended: null });
  }

  async #hear(told: Told): Promise<void> {
    if ("end" in told) return this.#end(told.end);
    if ("reset" in told) return this.#load().catch(() => {});
    await this.#loading;
    const { changes } = told, { free, version } = this.#state;
    if (changes.version <= version) return;
    if (changes.since > version) return this.#load().catch(() => {});
    for (const seat of changes.freed) free[seat - 1] = 1;
    for (const seat of changes.taken) free[seat - 1] = 0;
    this.#set({ ...this.#state, seatsAvailable: changes.seatsAvailable, version: changes.version });
  }
  #end(reason: string): void {
    this.#set({ ...this.#state, ended: reason });
  }
  #set(state: SeatFeedState): void {
    if (this.#stop.signal.aborted) return;
    this.#state = state;
    this.#onChange(state);
  }

  async #lead(tell: (told: Told) => void): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted && !this.#state.ended;) {
      try {
        const waitMs = this.#barren < 2 ? await this.#stream(tell) : await this.#poll(tell);
        failures = 0;
        await pause(waitMs * (0.8 + 0.4 * Math.random()), signal);
      } catch (error) {
        if (signal.aborted) return;
        const problem = error instanceof Problem ? error : Problem.unreachable();
        if (!problem.passing) return tell({ end: problem.slug });
        if (error instanceof Problem) this.#context.transport.onOutage(problem);
        await pause(backoffMs(failures++, problem), signal);
      }
    }
  }

  async #stream(tell: (told: Told) => void): Promise<number> {
    const path = `${this.#path}/events?since=${this.#state.version}`;
    const end = await readStream(this.#context.transport, path, this.#options, ({ name, data }) => {
      const told = JSON.parse(data) as SeatChanges & { reason?: string };
      if (name === "end") tell({ end: told.reason ?? "off-sale" });
      else tell(name === "reset" ? { reset: true } : { changes: told });
    }, () => this.#context.transport.onOutage(null));
    if (end.over) tell({ end: "off-sale" });
    this.#barren = end.events ? 0 : this.#barren + 1;
    return end.events ? end.retryMs : 200;
  }

  async #poll(tell: (told: Told) => void): Promise<number> {
    const path = `${this.#path}?view=bitmap&since=${this.#state.version}`;
    const told = await this.#context.transport.once<SeatChanges | SeatBitmap>("GET", path, this.#options);
    if ("since" in told) tell({ changes: told });
    else tell({ reset: true });
    return pollMs;
  }
}
