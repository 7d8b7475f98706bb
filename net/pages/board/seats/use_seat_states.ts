// Reads who has which seat of a date, and keeps it current: new payments by their ids, everything anew
// where the counts of the date say that older ones have changed.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Act, HoldRecord, OperatorClient, PaymentRecord } from "../../client/src/operator";
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { useSession } from "../session";
import { blockedByActs } from "./blocked_seats";
import { statesOf, type SeatStates } from "./seat_states";

const pageMax = 1000;
const auditPagesMax = 20;
const everyMs = 2500;
const wholeEveryMs = 10_000;

class Owners {
  payments = new Map<number, PaymentRecord>();
  holds: HoldRecord[] = [];
  blocked: ReadonlySet<number> = new Set();
  #after = 0;
  #wholeAt = 0;
  #blockedCount = -1;

  constructor(readonly client: OperatorClient, readonly concert: number, readonly date: string, readonly readsAudit: boolean) {}

  async #readPayments(signal: AbortSignal, seen: (count: number) => void): Promise<void> {
    for (let after = this.#after; ;) {
      const page = await this.client.findPayments(this.concert, { date: this.date, after: after || undefined, limit: pageMax }, signal);
      for (const payment of page.payments) {
        this.payments.set(payment.paymentId, payment);
        this.#after = Math.max(this.#after, payment.paymentId);
      }
      seen(this.payments.size);
      if (page.next === null) return;
      after = page.next;
    }
  }

  async #readHolds(signal: AbortSignal): Promise<void> {
    const holds: HoldRecord[] = [];
    for (const state of ["held", "paying"]) {
      for (let after: number | undefined; ;) {
        const page = await this.client.findHolds(this.concert, { date: this.date, state, after, limit: pageMax }, signal);
        holds.push(...page.holds);
        if (page.next === null) break;
        after = page.next;
      }
    }
    this.holds = holds;
  }

  // Blocks of many seats are listed with any seat of the date; those of single seats are in the audit only.
  async #readBlocked(date: ShowingOfConcert, signal: AbortSignal): Promise<void> {
    if (date.blocked === this.#blockedCount) return;
    if (date.blocked === 0) {
      this.blocked = new Set();
    } else {
      const { acts } = await this.client.readSeat(this.concert, this.date, 1, signal);
      this.blocked = blockedByActs(acts);
      if (this.blocked.size !== date.blocked && this.readsAudit) this.blocked = blockedByActs(await this.#readActs(signal));
    }
    this.#blockedCount = date.blocked;
  }

  async #readActs(signal: AbortSignal): Promise<Act[]> {
    const acts: Act[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < auditPagesMax; ++pages) {
      const page = await this.client.readAudit(after, pageMax, signal);
      acts.push(...page.acts.filter(({ concertId, date }) => concertId === this.concert && date === this.date));
      if (!page.nextAfter) break;
      after = page.nextAfter;
    }
    return acts.filter(({ action }) => /block|sell/.test(action));
  }

  #soldNow(): number {
    let count = 0;
    for (const { state, seats, refundedSeats } of this.payments.values())
      if (state !== "refunded") count += seats.length - (refundedSeats?.length ?? 0);
    return count;
  }

  async refresh(date: ShowingOfConcert, whole: boolean, signal: AbortSignal, seen: (count: number) => void): Promise<void> {
    const differs = this.#soldNow() !== date.sold;
    if (whole || (differs && Date.now() - this.#wholeAt > wholeEveryMs)) {
      this.#wholeAt = Date.now();
      this.#after = 0;
      this.payments = new Map();
    }
    await Promise.all([this.#readPayments(signal, seen), this.#readHolds(signal), this.#readBlocked(date, signal)]);
  }
}

export interface SeatsRead {
  states: SeatStates | null;
  /** Payments that were read so far. */
  count: number;
  problem: unknown;
  /** Reads everything anew: after an act. */
  reread(): void;
}

export function useSeatStates(date: ShowingOfConcert): SeatsRead {
  const { client, may, covers } = useSession();
  const { concert } = useConcert();
  const [read, setRead] = useState<{ states: SeatStates | null; count: number; problem: unknown }>({ states: null, count: 0, problem: null });
  const [round, setRound] = useState(0);
  const latest = useRef(date);
  latest.current = date;
  const reads = may("box-office", "read");

  useEffect(() => {
    if (!reads) return;
    const stop = new AbortController();
    const owners = new Owners(client, concert.concertId, date.date, may("read") && covers());
    let timer = 0, whole = true;
    const once = async () => {
      try {
        if (!document.hidden || whole) {
          await owners.refresh(latest.current, whole, stop.signal, (count) => { if (whole) setRead((now) => ({ ...now, count })); });
          whole = false;
          const states = statesOf(latest.current, { payments: owners.payments.values(), holds: owners.holds, blocked: owners.blocked });
          setRead({ states, count: owners.payments.size, problem: null });
        }
      } catch (problem) {
        if (stop.signal.aborted) return;
        setRead((now) => ({ ...now, problem }));
      }
      if (!stop.signal.aborted) timer = window.setTimeout(once, everyMs);
    };
    void once();
    return () => { stop.abort(); clearTimeout(timer); };
  }, [date.date, reads, round]);

  const states = reads ? read.states : statesOf(date, { payments: null, holds: null, blocked: new Set() });
  return { ...read, states, reread: () => setRound((now) => now + 1) };
}
