// The user's tickets, kept in the browser: they can be shown without a connection, and are not forgotten by
// leaving, joining again or losing a place. A ticket that the server does not list any more was refunded: it
// stays, as void.
import type { Context } from "./context.js";
import type { Ticket } from "./types.js";

export interface KeptTicket extends Ticket {
  void?: boolean;
  /** What the page keeps with a ticket, such as the names of its concert and seat. */
  about?: unknown;
}

const pagesMax = 50;

export class TicketBook {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  get #key(): string {
    return `tickets.${this.#context.userId}`;
  }

  /** As far as is known here, newest payment first. */
  get tickets(): KeptTicket[] {
    return this.#context.keeper.get<KeptTicket[]>(this.#key) ?? [];
  }

  /** Reads all tickets from the server, and keeps them. Throws if they can't be read; what is kept stays. */
  async refresh(signal?: AbortSignal): Promise<KeptTicket[]> {
    if (!this.#context.readers.length) return this.tickets;
    const key = this.#key, current = await this.#readAll(signal);
    const known = new Map(this.tickets.map((ticket) => [ticket.ticketId, ticket]));
    const ids = new Set(current.map(({ ticketId }) => ticketId));
    const listed = current.map((ticket) => {
      const about = known.get(ticket.ticketId)?.about;
      return about === undefined ? ticket : { ...ticket, about };
    });
    const gone = [...known.values()].filter(({ ticketId }) => !ids.has(ticketId)).map((ticket) => ({ ...ticket, void: true }));
    const all = [...listed, ...gone].sort((a, b) => b.paymentId - a.paymentId || a.seat - b.seat);
    this.#context.keeper.set(key, all);
    return all;
  }

  /** Keeps something with tickets. */
  note(about: ReadonlyMap<string, unknown>): KeptTicket[] {
    const all = this.tickets.map((ticket) => (about.has(ticket.ticketId) ? { ...ticket, about: about.get(ticket.ticketId) } : ticket));
    this.#context.keeper.set(this.#key, all);
    return all;
  }

  async #readAll(signal?: AbortSignal): Promise<Ticket[]> {
    const all: Ticket[] = [];
    let before: number | null = null;
    for (let page = 0; page < pagesMax; ++page) {
      const query: string = before === null ? "" : `?before=${before}`;
      const list: { tickets: Ticket[]; nextBefore: number | null } =
        await this.#context.readOwn(`/v1/users/${this.#context.userId}/tickets${query}`, signal);
      all.push(...list.tickets);
      before = list.nextBefore;
      if (before === null) break;
    }
    return all;
  }
}
