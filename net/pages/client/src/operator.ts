// The operators' part of the API: everything under /v1/admin, and the wallets, with a service key.
//
// Reads are sent once; who polls sends them again. Acts carry an Idempotency-Key that the caller
// makes with newAct() and keeps until the outcome is known. An act whose outcome is unknown (no
// response, 502 to 504) is sent again under the same key; settings with If-Match are not, as their
// own first attempt may have made a new version.
import { Problem } from "./problem.js";
import type { components } from "./schema.js";
import { backoffMs, pause } from "./transport.js";

type Schemas = components["schemas"];
export type Scope = Schemas["Scope"];
export type Concert = Schemas["Concert"];
export type ConcertAdmin = Schemas["ConcertAdmin"];
export type ConcertRequest = Schemas["ConcertRequest"];
export type ConcertChange = Schemas["ConcertChange"];
export type PaymentRecord = Schemas["PaymentRecord"];
export type HoldRecord = Schemas["HoldRecord"];
export type SeatRecord = Schemas["SeatRecord"];
export type SeatStatesRead = Schemas["SeatStates"];
export type VisitorRecord = Schemas["VisitorRecord"];
export type Refund = Schemas["Refund"];
export type Payment = Schemas["Payment"];
export type SaleRequest = Schemas["SaleRequest"];
export type Cancellation = Schemas["Cancellation"];
export type AccessCodeBatch = Schemas["AccessCodeBatch"];
export type GateTicket = Schemas["GateTicket"];
export type Act = Schemas["Act"];
export type Audit = Schemas["Audit"];
export type Plan = Schemas["Plan"];
export type PlanRequest = Schemas["PlanRequest"];
export type ClusterInstance = Schemas["ClusterInstance"];
/** What the key of the caller may do; `concerts` is null where it is not limited. */
export type KeyRights = Schemas["KeyRights"];
/** Figures of the last hour, oldest first, one for each step; null in a gap. */
export type LoadHistory = Schemas["LoadHistory"];
export type ConcertHistory = Schemas["ConcertHistory"];

/** One act of the operator: its Idempotency-Key, and how to give up on it. */
export interface Attempt {
  key: string;
  signal?: AbortSignal | undefined;
}

/** A thing with the version that If-Match takes. */
export interface Versioned<T> {
  value: T;
  etag: string;
}

/** Which payments or holds are listed. */
export interface RecordFilter {
  date?: string | undefined;
  state?: string | undefined;
  user?: string | undefined;
  seat?: number | undefined;
  after?: number | undefined;
  limit?: number | undefined;
}

/** Seats by number and by ranges that are blocked, or given back. */
export interface BlocksRequest {
  seats?: number[] | undefined;
  ranges?: [number, number][] | undefined;
  blocked?: boolean | undefined;
  label?: string | undefined;
}

/** A file of one moment, for the operator's disk. */
export interface Download {
  name: string;
  data: Blob;
}

interface CallOptions {
  body?: unknown | undefined;
  attempt?: Attempt | undefined;
  etag?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

export interface OperatorOptions {
  key: string;
  base?: string | undefined;
  fetch?: typeof fetch | undefined;
}

const attemptsMax = 5;
const readTimeoutMs = 20_000;

/** A new act, with a key of its own. */
export function newAct(signal?: AbortSignal): Attempt {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { key, signal };
}

function query(filter: object): string {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  if (!entries.length) return "";
  return "?" + new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
}

/** Talks to one server with one service key. */
export class OperatorClient {
  readonly #key: string;
  readonly #base: string;
  readonly #fetch: typeof fetch;

  constructor(options: OperatorOptions) {
    this.#key = options.key;
    this.#base = (options.base ?? "").replace(/\/$/, "");
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  // --- the key, the instance, the concerts

  readKey(signal?: AbortSignal): Promise<KeyRights> {
    return this.#read("/v1/admin/key", { signal });
  }
  async listConcerts(signal?: AbortSignal): Promise<Concert[]> {
    return (await this.#read<Schemas["ConcertList"]>("/v1/concerts", { signal })).concerts;
  }
  readConcert(concert: number, signal?: AbortSignal): Promise<Versioned<ConcertAdmin>> {
    return this.#versioned("GET", this.#concert(concert), { signal });
  }
  /** Fails with 412 if the settings are no longer those of `etag`. */
  changeConcert(concert: number, change: ConcertChange, etag: string, attempt: Attempt): Promise<Versioned<ConcertAdmin>> {
    return this.#versioned("PATCH", this.#concert(concert), { body: change, etag, attempt });
  }
  createConcert(request: ConcertRequest, attempt: Attempt): Promise<ConcertAdmin> {
    return this.#act("POST", "/v1/admin/concerts", { body: request, attempt });
  }
  /** Of the instance that responds. */
  readLoad(signal?: AbortSignal): Promise<LoadHistory> {
    return this.#read("/v1/admin/history", { signal });
  }
  /** 404 for a concert that is not among the busiest, and before the first sample. */
  readHistory(concert: number, signal?: AbortSignal): Promise<ConcertHistory> {
    return this.#read(this.#concert(concert, "/history"), { signal });
  }
  /** 404 from a server that is no part of a cluster. */
  readCluster(signal?: AbortSignal): Promise<ClusterInstance> {
    return this.#read("/v1/admin/cluster", { signal });
  }
  readAudit(after?: string, limit = 1000, signal?: AbortSignal): Promise<Audit> {
    return this.#read("/v1/admin/audit" + query({ after, limit }), { signal });
  }
  /** What a type of problem means and what to do about it, in English. */
  explain(slug: string): Promise<Schemas["ProblemText"]> {
    return this.#read("/problems/" + encodeURIComponent(slug), {});
  }

  // --- who has what

  findPayments(concert: number, filter: RecordFilter, signal?: AbortSignal): Promise<Schemas["PaymentRecords"]> {
    return this.#read(this.#concert(concert, "/payments") + query(filter), { signal });
  }
  findHolds(concert: number, filter: RecordFilter, signal?: AbortSignal): Promise<Schemas["HoldRecords"]> {
    return this.#read(this.#concert(concert, "/holds") + query(filter), { signal });
  }
  readSeat(concert: number, date: string, seat: number, signal?: AbortSignal): Promise<SeatRecord> {
    return this.#read(this.#concert(concert, `/seats/${date}/${seat}`), { signal });
  }
  readSeatStates(concert: number, date: string, signal?: AbortSignal): Promise<SeatStatesRead> {
    return this.#read(this.#concert(concert, `/seats/${date}`), { signal });
  }
  readVisitor(concert: number, user: string, signal?: AbortSignal): Promise<VisitorRecord> {
    return this.#read(this.#concert(concert, "/users/" + encodeURIComponent(user)), { signal });
  }
  readTicket(concert: number, ticket: string, signal?: AbortSignal): Promise<GateTicket> {
    return this.#read(this.#concert(concert, "/tickets/" + encodeURIComponent(ticket)), { signal });
  }

  // --- acts of the box office

  blockSeats(concert: number, date: string, request: BlocksRequest, attempt: Attempt): Promise<void> {
    return this.#act("PUT", this.#concert(concert, `/dates/${date}/blocks`), { body: request, attempt });
  }
  sellSeats(concert: number, request: SaleRequest, attempt: Attempt): Promise<Payment> {
    return this.#act("POST", this.#concert(concert, "/sales"), { body: request, attempt });
  }
  /** All seats that are left, or only `seats`. */
  refund(concert: number, payment: number, seats: number[] | undefined, attempt: Attempt): Promise<Refund> {
    const body = seats ? { seats } : {};
    return this.#act("POST", this.#concert(concert, `/payments/${payment}/refunds`), { body, attempt });
  }
  releaseHold(concert: number, hold: number, attempt: Attempt): Promise<void> {
    return this.#act("DELETE", this.#concert(concert, `/holds/${hold}`), { attempt });
  }
  endToken(concert: number, number: number, attempt: Attempt): Promise<void> {
    return this.#act("DELETE", this.#concert(concert, `/tokens/${number}`), { attempt });
  }
  checkIn(concert: number, ticket: string, attempt: Attempt): Promise<GateTicket> {
    const path = this.#concert(concert, `/tickets/${encodeURIComponent(ticket)}/check-in`);
    return this.#act("POST", path, { body: {}, attempt });
  }
  /** Of one date, or of every date of the concert. */
  cancel(concert: number, date: string | undefined, reason: string, attempt: Attempt): Promise<Cancellation> {
    const body = reason ? { reason } : {};
    return this.#act("POST", this.#cancellation(concert, date), { body, attempt });
  }
  readCancellation(concert: number, date?: string, signal?: AbortSignal): Promise<Cancellation> {
    return this.#read(this.#cancellation(concert, date), { signal });
  }
  async listAccessCodes(concert: number, signal?: AbortSignal): Promise<AccessCodeBatch[]> {
    const path = this.#concert(concert, "/access-codes");
    return (await this.#read<Schemas["AccessCodeBatches"]>(path, { signal })).batches;
  }
  /** The only response that has the codes. */
  addAccessCodes(concert: number, request: Schemas["AccessCodesRequest"], attempt: Attempt): Promise<AccessCodeBatch> {
    return this.#act("POST", this.#concert(concert, "/access-codes"), { body: request, attempt });
  }
  /** Fails if the transfer ends early: a file that is returned is whole. */
  async exportConcert(concert: number, what: string, format: string, signal?: AbortSignal): Promise<Download> {
    const path = this.#concert(concert, "/export") + query({ what, format });
    const response = await this.#send("GET", path, { signal, timeoutMs: 600_000 });
    const named = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "");
    return { name: named?.[1] ?? `concert-${concert}-${what}.${format}`, data: await response.blob() };
  }

  // --- plans and wallets

  async listPlans(signal?: AbortSignal): Promise<Schemas["PlanList"]["plans"]> {
    return (await this.#read<Schemas["PlanList"]>("/v1/admin/plans", { signal })).plans;
  }
  readPlan(plan: number, signal?: AbortSignal): Promise<Plan> {
    return this.#read(`/v1/plans/${plan}`, { signal });
  }
  createPlan(request: PlanRequest, attempt: Attempt): Promise<Schemas["PlanCreated"]> {
    return this.#act("POST", "/v1/admin/plans", { body: request, attempt });
  }
  readBalance(user: string, signal?: AbortSignal): Promise<Schemas["BalanceOfUser"]> {
    return this.#read(this.#user(user, "/balance"), { signal });
  }
  listUserPayments(user: string, before?: number, signal?: AbortSignal): Promise<Schemas["PaymentList"]> {
    return this.#read(this.#user(user, "/payments") + query({ before, limit: 50 }), { signal });
  }
  /** All tickets of the user that are not void, with their codes. */
  async listTickets(user: string, signal?: AbortSignal): Promise<Schemas["Ticket"][]> {
    const tickets: Schemas["Ticket"][] = [];
    for (let before: number | undefined; ;) {
      const page: Schemas["TicketList"] = await this.#read(this.#user(user, "/tickets") + query({ before, limit: 20 }), { signal });
      tickets.push(...page.tickets);
      if (page.nextBefore === null) return tickets;
      before = page.nextBefore;
    }
  }
  charge(user: string, request: Schemas["ChargeRequest"], attempt: Attempt): Promise<Schemas["Charge"]> {
    return this.#act("POST", this.#user(user, "/balance/charges"), { body: request, attempt });
  }
  adjustBalance(user: string, request: Schemas["AdjustmentRequest"], attempt: Attempt): Promise<Schemas["Adjustment"]> {
    return this.#act("POST", this.#user(user, "/balance/adjustments"), { body: request, attempt });
  }

  // --- requests

  #concert(concert: number, rest = ""): string {
    return `/v1/admin/concerts/${concert}${rest}`;
  }
  #cancellation(concert: number, date?: string): string {
    return this.#concert(concert, date ? `/dates/${date}/cancellation` : "/cancellation");
  }
  #user(user: string, rest: string): string {
    return `/v1/users/${encodeURIComponent(user)}${rest}`;
  }

  async #read<T>(path: string, options: CallOptions): Promise<T> {
    return this.#json<T>(await this.#send("GET", path, options));
  }

  async #versioned<T>(method: string, path: string, options: CallOptions): Promise<Versioned<T>> {
    const response = await this.#send(method, path, options);
    return { value: await this.#json<T>(response), etag: response.headers.get("ETag") ?? "*" };
  }

  // Sends an act until its outcome is known.
  async #act<T>(method: string, path: string, options: CallOptions): Promise<T> {
    for (let tries = 1; ; ++tries) {
      try {
        return await this.#json<T>(await this.#send(method, path, options));
      } catch (error) {
        if (!(error instanceof Problem) || !error.passing || tries === attemptsMax) throw error;
        await pause(backoffMs(tries, error), options.attempt?.signal);
      }
    }
  }

  async #json<T>(response: Response): Promise<T> {
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  // The whole response with a good status; otherwise throws the problem.
  async #send(method: string, path: string, options: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { Accept: "application/json, */*;q=0.5", Authorization: "Bearer " + this.#key };
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (options.attempt) headers["Idempotency-Key"] = options.attempt.key;
    if (options.etag) headers["If-Match"] = options.etag;
    const body = options.body === undefined ? null : JSON.stringify(options.body);
    const given = options.signal ?? options.attempt?.signal;
    const stop = new AbortController();
    const abort = () => stop.abort();
    const timer = setTimeout(abort, options.timeoutMs ?? readTimeoutMs);
    if (given?.aborted) abort();
    given?.addEventListener("abort", abort);
    try {
      const response = await this.#fetch(this.#base + path, { method, headers, body, signal: stop.signal, cache: "no-store" });
      if (!response.ok) throw await Problem.of(response);
      return response.status === 204 ? response : new Response(await response.blob(), { status: response.status, headers: response.headers });
    } catch (error) {
      if (error instanceof Problem || given?.aborted) throw error;
      throw Problem.unreachable();
    } finally {
      clearTimeout(timer);
      given?.removeEventListener("abort", abort);
    }
  }
}
