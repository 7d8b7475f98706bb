// The state of every seat of a date, put together from what the box office lists: payments, holds, the
// acts that blocked seats, and the number of free seats of each section.
import type { HoldRecord, PaymentRecord } from "../../client/src/operator";
import type { ShowingOfConcert } from "../concert_context";

export const seatStates = ["free", "held", "sold", "blocked", "unsure"] as const;
export type SeatState = (typeof seatStates)[number];
const free = 0, held = 1, sold = 2, blocked = 3, unsure = 4;

/** Seat n is at index n - 1; the numbers are indexes of seatStates. */
export type SeatStates = Uint8Array;

/** Without the lists (`null`) nothing is known but sections that are all free, or not at all. */
export interface Known {
  payments: Iterable<PaymentRecord> | null;
  holds: Iterable<HoldRecord> | null;
  blocked: ReadonlySet<number>;
}

function markPayments(states: SeatStates, payments: Iterable<PaymentRecord>): void {
  for (const payment of payments) {
    if (payment.state === "refunded") continue;
    const back = new Set(payment.refundedSeats ?? []);
    for (const seat of payment.seats) if (!back.has(seat)) states[seat - 1] = sold;
  }
}

/** Seats of a section that nobody has: free, blocked, or one of both if the acts do not tell. */
function markRest(states: SeatStates, section: ShowingOfConcert["sections"][number], isBlocked: ReadonlySet<number>): void {
  const rest: number[] = [];
  for (let seat = section.first; seat <= section.last; ++seat) if (states[seat - 1] === free) rest.push(seat);
  if (rest.length <= section.free) return;
  const wanted = rest.length - section.free;
  const named = rest.filter((seat) => isBlocked.has(seat));
  if (section.free === 0) for (const seat of rest) states[seat - 1] = blocked;
  else if (named.length === wanted) for (const seat of named) states[seat - 1] = blocked;
  else for (const seat of named.length > wanted ? named : rest.filter((one) => !isBlocked.has(one))) states[seat - 1] = unsure;
  if (section.free > 0 && named.length < wanted) for (const seat of named) states[seat - 1] = blocked;
}

export function statesOf(date: ShowingOfConcert, known: Known): SeatStates {
  const states = new Uint8Array(date.seatsTotal);
  if (known.payments) markPayments(states, known.payments);
  for (const hold of known.holds ?? []) for (const seat of hold.seats) if (states[seat - 1] === free) states[seat - 1] = held;
  for (const section of date.sections) {
    if (known.payments) markRest(states, section, known.blocked);
    else if (section.free < section.last - section.first + 1) states.fill(unsure, section.first - 1, section.last);
  }
  return states;
}
