// What the parts of the client share: the connection, what is kept, and who the user is.
import { newUuid, type Keeper } from "./keeper.js";
import { Problem } from "./problem.js";
import type { Transport } from "./transport.js";

interface KeptAct {
  key: string;
  path: string;
  body: unknown;
  at: number;
}

// The server keeps the outcomes of keys for 24 hours.
const actKeptMs = 20 * 3600 * 1000;
const readersMax = 6;

export class Context {
  readonly transport: Transport;
  readonly keeper: Keeper;
  readonly prefix: string;
  /** Gives the shop's own token, where users sign in with the shop. */
  readonly identity: (() => string | Promise<string>) | null;

  constructor(transport: Transport, keeper: Keeper, prefix: string, identity: Context["identity"]) {
    this.transport = transport;
    this.keeper = keeper;
    this.prefix = prefix;
    this.identity = identity;
  }

  /** The user of this browser; made up when it is asked for first. */
  get userId(): string {
    const known = this.keeper.get<string>("user");
    if (known) return known;
    const made = newUuid();
    this.keeper.set("user", made);
    return made;
  }
  /** Another user's places are not this one's. */
  setUser(userId: string): void {
    if (userId === this.keeper.get<string>("user")) return;
    for (const concertId of this.places) this.keeper.set(`place.${concertId}`, null);
    this.keeper.set("places", null);
    this.keeper.set("user", userId);
  }

  /** Tokens of the user's places, newest first: also those that are over read the user's own things. */
  get readers(): string[] {
    return this.keeper.get<string[]>(`readers.${this.userId}`) ?? [];
  }
  keepReader(token: string): void {
    this.keeper.set(`readers.${this.userId}`, [token, ...this.readers.filter((one) => one !== token)].slice(0, readersMax));
  }

  get places(): number[] {
    return this.keeper.get<number[]>("places") ?? [];
  }
  keepPlace(concertId: number): void {
    if (!this.places.includes(concertId)) this.keeper.set("places", [...this.places, concertId]);
  }

  /** Reads something of the user's with the newest token that is still good. */
  async readOwn<T>(path: string, signal?: AbortSignal): Promise<T> {
    let refused = new Problem(401, { type: "/problems/invalid-token" });
    for (const token of this.readers) {
      try {
        return await this.transport.insist<T>("GET", path, { token, signal });
      } catch (error) {
        if (!(error instanceof Problem) || (error.status !== 401 && error.status !== 403)) throw error;
        refused = error;
      }
    }
    throw refused;
  }

  /**
   * Sends what changes something until its outcome is known. The Idempotency-Key is kept until then, also over
   * a reload: the same body again is the same act.
   */
  async act<T>(name: string, path: string, body: unknown, token: string | undefined, signal?: AbortSignal): Promise<T> {
    const kept = this.pendingAct(name);
    const same = kept && kept.path === path && JSON.stringify(kept.body) === JSON.stringify(body);
    const act: KeptAct = same ? kept : { key: newUuid(), path, body, at: Date.now() };
    this.keeper.set(`act.${name}`, act);
    const forget = () => {
      if (this.pendingAct(name)?.key === act.key) this.keeper.set(`act.${name}`, null);
    };
    try {
      const result = await this.transport.insist<T>("POST", path, { token, body, key: act.key, signal });
      forget();
      return result;
    } catch (error) {
      if (error instanceof Problem && !error.passing) forget();
      throw error;
    }
  }

  /** An act whose outcome is not known: the page went down meanwhile. */
  pendingAct(name: string): KeptAct | null {
    const kept = this.keeper.get<KeptAct>(`act.${name}`);
    return kept && Date.now() - kept.at < actKeptMs ? kept : null;
  }
}
