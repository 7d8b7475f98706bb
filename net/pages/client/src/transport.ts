// Sends requests: one at a time, or again and again until there is an outcome that will stay.
import { Problem } from "./problem.js";

export interface RequestOptions {
  token?: string | undefined;
  body?: unknown;
  /** The Idempotency-Key. */
  key?: string;
  accept?: string;
  /** A copy of a cache between is good enough, as old as the server says. */
  cached?: boolean;
  signal?: AbortSignal | undefined;
}

export interface TransportOptions {
  base?: string;
  fetch?: typeof fetch;
}

const timeoutMs = 20_000;
const backoffMaxMs = 15_000;

export class Transport {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  /** The server's clock minus ours, in milliseconds, good to a second. */
  skewMs = 0;
  /** Told of each problem that will pass by itself, and of null once the server has responded again. */
  onOutage: (problem: Problem | null) => void = () => {};

  constructor(options: TransportOptions) {
    this.#base = (options.base ?? "").replace(/\/$/, "");
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** The response with a good status; otherwise throws the problem. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const headers: Record<string, string> = { Accept: options.accept ?? "application/json" };
    if (options.token) headers["Authorization"] = "Bearer " + options.token;
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (options.key) headers["Idempotency-Key"] = options.key;
    const limit = options.accept ? null : new Timeout(options.signal);
    const signal = limit?.signal ?? options.signal ?? null;
    const body = options.body === undefined ? null : JSON.stringify(options.body);
    const sentAt = Date.now();
    try {
      const response = await this.#fetch(this.#base + path, { method, headers, body, signal, cache: options.cached ? "default" : "no-store" });
      // Of a cache's copy the date may be that of the copy.
      if (!options.cached) this.#learnSkew(Date.parse(response.headers.get("Date") ?? ""), sentAt, Date.now());
      if (!response.ok) throw await Problem.of(response);
      return options.accept ? response : new Response(await response.text(), response.status === 204 ? {} : response);
    } catch (error) {
      if (error instanceof Problem || options.signal?.aborted) throw error;
      throw Problem.unreachable();
    } finally {
      limit?.end();
    }
  }

  /** One request; its JSON, or undefined for a response without a body. */
  async once<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const text = await (await this.send(method, path, options)).text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** The same request until its outcome will stay: its JSON, or a problem that does not pass. */
  async insist<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    for (let tries = 0; ; ++tries) {
      try {
        const result = await this.once<T>(method, path, options);
        this.onOutage(null);
        return result;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!error.passing) {
          this.onOutage(null);
          throw error;
        }
        if (error.slug !== "payment-in-progress") this.onOutage(error);
        await pause(backoffMs(tries, error), options.signal);
      }
    }
  }

  // `date` is cut to the second; it lay between sending and arrival. While what we knew agrees with it, that stays,
  // so that countdowns do not jump.
  #learnSkew(date: number, sentAt: number, arrivedAt: number): void {
    if (date) this.skewMs = Math.min(Math.max(this.skewMs, date - arrivedAt), date + 999 - sentAt);
  }
}

/** Grows with the tries, jittered so that clients do not come back together; Retry-After is the least. */
export function backoffMs(tries: number, problem?: Problem): number {
  const own = Math.min(backoffMaxMs, 500 * 2 ** Math.min(tries, 6)) * (0.6 + 0.8 * Math.random());
  return Math.max(own, (problem?.retryAfterMs ?? 0) * (1 + 0.2 * Math.random()));
}

/** Waits; a browser that comes back online ends it earlier. Throws when the signal ends it. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    if (signal?.aborted) return fail(signal.reason);
    const online = () => finish();
    const abort = () => finish(signal!.reason);
    const timer = setTimeout(online, milliseconds);
    const finish = (reason?: unknown) => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", online);
      signal?.removeEventListener("abort", abort);
      if (reason === undefined) done();
      else fail(reason);
    };
    globalThis.addEventListener?.("online", online);
    signal?.addEventListener("abort", abort);
  });
}

// Ends a request that takes too long, or that the caller gave up. AbortSignal.any is too young.
class Timeout {
  readonly #controller = new AbortController();
  readonly #timer = setTimeout(() => this.#controller.abort(), timeoutMs);
  readonly #given: AbortSignal | undefined;
  readonly #pass = () => this.#controller.abort();

  constructor(given: AbortSignal | undefined) {
    this.#given = given;
    if (given?.aborted) this.#pass();
    given?.addEventListener("abort", this.#pass);
  }
  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  end(): void {
    clearTimeout(this.#timer);
    this.#given?.removeEventListener("abort", this.#pass);
  }
}
