// Which seats an act blocked or gave back: the audit has them behind the reason, such as "sponsors 1-20 25 41-44".

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
