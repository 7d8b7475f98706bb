// The state of every seat of a date, read again and again.
import { useMemo } from "preact/hooks";
import type { SeatStatesRead } from "../../client/src/operator";
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { usePolled } from "../parts/polled";
import { useSession } from "../session";

export const seatStates = ["free", "held", "sold", "blocked", "unsure"] as const;
export type SeatState = (typeof seatStates)[number];

/** Seat n is at index n - 1; the numbers are indexes of seatStates. */
export type SeatStates = Uint8Array;

const everyMs = 2500;

function statesOf(read: SeatStatesRead): SeatStates {
  const states = new Uint8Array(read.seatsTotal);
  for (const state of ["held", "sold", "blocked"] as const)
    for (const [first, last] of read[state]) states.fill(seatStates.indexOf(state), first! - 1, last);
  return states;
}

/** For a key that may not read seats: sections with seats that are not free are unsure. */
function statesOfSections(date: ShowingOfConcert): SeatStates {
  const states = new Uint8Array(date.seatsTotal);
  for (const { first, last, free } of date.sections)
    if (free < last - first + 1) states.fill(seatStates.indexOf("unsure"), first - 1, last);
  return states;
}

export interface SeatsRead {
  states: SeatStates | null;
  problem: unknown;
  /** Reads at once: after an act. */
  reread(): void;
}

export function useSeatStates(date: ShowingOfConcert): SeatsRead {
  const { client, may } = useSession();
  const { concert } = useConcert();
  const reads = may("box-office", "read");
  const read = usePolled(everyMs, `states-${date.date}-${reads}`, async (signal) =>
    reads ? statesOf(await client.readSeatStates(concert.concertId, date.date, signal)) : null);
  const ofSections = useMemo(() => (reads ? null : statesOfSections(date)), [date, reads]);
  return { states: reads ? read.value ?? null : ofSections, problem: read.problem, reread: read.refresh };
}
