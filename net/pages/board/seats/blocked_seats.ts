// Which seats of a date are blocked, as far as the audit tells: it has each act with its seats, behind the
// reason, such as "sponsors 1-20 25 41-44".
import type { Act } from "../../client/src/operator";

const joinedRange = /^(\d{1,6})(?:-(\d{1,6}))?$/;

/** The seats at the end of a note: ranges that ascend. Numbers before them belong to the reason. */
export function seatsOfNote(note: string): number[] {
  const ranges: [number, number][] = [];
  for (const part of note.trim().split(/\s+/).reverse()) {
    const match = joinedRange.exec(part);
    if (!match) break;
    const first = Number(match[1]), last = Number(match[2] ?? match[1]);
    const next = ranges[ranges.length - 1];
    if (last < first || (next && last >= next[0] - 1)) break;
    ranges.push([first, last]);
  }
  const seats: number[] = [];
  for (const [first, last] of ranges.reverse()) for (let seat = first; seat <= last; ++seat) seats.push(seat);
  return seats;
}

/** The seats that are blocked after all acts; acts are of one date, in any order. */
export function blockedByActs(acts: Act[]): Set<number> {
  const blocked = new Set<number>();
  const inOrder = [...acts].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const act of inOrder) {
    const seats = act.seat !== undefined ? [act.seat] : seatsOfNote(act.note ?? "");
    const blocks = act.action === "block-seat" || act.action === "block-seats";
    for (const seat of seats) if (blocks) blocked.add(seat); else blocked.delete(seat);
  }
  return blocked;
}
