// The seats of a date: layout, names and prices.
import type { Concert, ConcertDate } from "@frontrow/client";
import { useEffect, useState } from "preact/hooks";
import { layoutOfPlan, layoutOfSections, type SeatLayout } from "../../shared/seat_layout";
import { client } from "../session";
import { words } from "../words";

/** Seats of one price that follow each other. */
export interface Run {
  name: string;
  category: string;
  price: number;
  general: boolean;
  first: number;
  last: number;
}

export interface Seating {
  date: string;
  layout: SeatLayout;
  runs: Run[];
}

/** Seats are numbered section by section. */
function runsOf(date: ConcertDate): Run[] {
  let next = 1;
  return date.sections.map(({ name, category, price, kind, seatsTotal }) => {
    const first = next;
    next += seatsTotal;
    return { name, category: category ?? name, price, general: kind === "general", first, last: next - 1 };
  });
}

export async function readSeating(date: ConcertDate): Promise<Seating> {
  const runs = runsOf(date);
  if (date.planId !== undefined) return { date: date.date, layout: layoutOfPlan(await client.readPlan(date.planId)), runs };
  const listed = runs.map(({ name, first, last, general }) => ({ name, first, last, ...(general ? { kind: "general" } : {}) }));
  return { date: date.date, layout: layoutOfSections(listed), runs };
}

export function runOf(seating: Seating, seat: number): Run | undefined {
  return seating.runs.find(({ first, last }) => seat >= first && seat <= last);
}

/** What a person calls the seat. */
export function seatText({ layout }: Seating, seat: number): string {
  const name = layout.nameOf(seat);
  const general = layout.sections[layout.sectionOf[seat - 1]!]!.general;
  return words.seatName(general ? { ...name, row: "", seat: "" } : name);
}

/** The seating of a date; null until it is read. A date that gets more seats has a new one. */
export function useSeating(concert: Concert, date: string | undefined): Seating | null {
  const [seating, setSeating] = useState<Seating | null>(null);
  const found = concert.dates.find((one) => one.date === date);
  useEffect(() => {
    if (!found) return;
    let there = true;
    void readSeating(found).then((read) => { if (there) setSeating(read); }, () => {});
    return () => { there = false; };
  }, [date, found?.seatsTotal, found?.planId, found?.sections.map(({ price }) => price).join()]);
  return seating?.date === date ? seating : null;
}
