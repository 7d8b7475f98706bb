// Finds seats by place: buckets of the plane, each with the seats in it. Made once for a layout.
import type { Box, SeatLayout } from "./seat_layout";

const bucketSize = 4;

export type Direction = "up" | "down" | "left" | "right";

export class SeatGrid {
  readonly #layout: SeatLayout;
  readonly #columns: number;
  readonly #lines: number;
  readonly #starts: Uint32Array;
  readonly #seats: Uint32Array;

  constructor(layout: SeatLayout) {
    this.#layout = layout;
    this.#columns = Math.max(1, Math.ceil((layout.box.right - layout.box.left) / bucketSize) + 1);
    this.#lines = Math.max(1, Math.ceil((layout.box.bottom - layout.box.top) / bucketSize) + 1);
    const starts = new Uint32Array(this.#columns * this.#lines + 1);
    for (let seat = 1; seat <= layout.count; ++seat) if (this.#stands(seat)) ++starts[this.#bucketOf(seat) + 1]!;
    for (let at = 1; at < starts.length; ++at) starts[at]! += starts[at - 1]!;
    this.#seats = new Uint32Array(starts[starts.length - 1]!);
    const next = starts.slice();
    for (let seat = 1; seat <= layout.count; ++seat)
      if (this.#stands(seat)) this.#seats[next[this.#bucketOf(seat)]!++] = seat;
    this.#starts = starts;
  }

  /** Calls back for each numbered seat in the buckets that the box touches. */
  visit(box: Box, seen: (seat: number) => void): void {
    const { left, top } = this.#layout.box;
    const column = (x: number) => Math.min(this.#columns - 1, Math.max(0, Math.floor((x - left) / bucketSize)));
    const line = (y: number) => Math.min(this.#lines - 1, Math.max(0, Math.floor((y - top) / bucketSize)));
    const first = column(box.left), last = column(box.right);
    for (let at = line(box.top), end = line(box.bottom); at <= end; ++at) {
      const to = this.#starts[at * this.#columns + last + 1]!;
      for (let seat = this.#starts[at * this.#columns + first]!; seat < to; ++seat) seen(this.#seats[seat]!);
    }
  }

  /** About how many seats visit() would call back for. */
  countIn(box: Box): number {
    let count = 0;
    const { left, top, right, bottom } = this.#layout.box;
    if (box.left <= left && box.top <= top && box.right >= right && box.bottom >= bottom) return this.#seats.length;
    this.visit(box, () => ++count);
    return count;
  }

  /** The seat at a point, or the first seat of the general section there; 0 if there is none. */
  at(x: number, y: number, reach: number): number {
    let best = 0, distance = reach * reach;
    this.visit({ left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }, (seat) => {
      const d = (this.#layout.x[seat - 1]! - x) ** 2 + (this.#layout.y[seat - 1]! - y) ** 2;
      if (d <= distance) best = seat, distance = d;
    });
    if (best) return best;
    const area = this.#layout.sections.find(
      ({ general, box }) => general && x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
    return area?.first ?? 0;
  }

  /** The seat or area next to one in a direction; 0 at the edge. */
  beside(seat: number, direction: Direction): number {
    if (direction === "left" || direction === "right") return this.#inReadingOrder(seat, direction === "right" ? 1 : -1);
    const x = this.#layout.x[seat - 1]!, y = this.#layout.y[seat - 1]!, sign = direction === "down" ? 1 : -1;
    let best = 0, cost = Infinity;
    const weigh = (other: number) => {
      const along = (this.#layout.y[other - 1]! - y) * sign, across = Math.abs(this.#layout.x[other - 1]! - x);
      const own = along + across * 1.5;
      if (along > 0.3 && across <= along * 2 + 0.6 && own < cost) best = other, cost = own;
    };
    const { top, bottom } = this.#layout.box;
    for (let reach = 6; !best; reach *= 4) {
      const far = y + sign * reach;
      this.visit({ left: x - reach * 2, right: x + reach * 2, top: Math.min(y, far), bottom: Math.max(y, far) }, weigh);
      if (far < top || far > bottom) break;
    }
    for (const { general, first } of this.#layout.sections) if (general) weigh(first);
    return best;
  }

  /** The first or last seat of a seat's row. */
  endOfRow(seat: number, last: boolean): number {
    const row = this.#layout.rows[this.#layout.rowOf[seat - 1]!];
    return row ? row.seats[last ? row.seats.length - 1 : 0]! : seat;
  }

  // Every seat is reached by going on to the right: through its row, then to the next row or area.
  #inReadingOrder(seat: number, step: 1 | -1): number {
    const { rows, rowOf, sections, sectionOf } = this.#layout;
    const row = rows[rowOf[seat - 1]!];
    const inRow = row?.seats[row.seats.indexOf(seat) + step];
    if (inRow) return inRow;
    const section = sections[sectionOf[seat - 1]!]!;
    const numbers = row ? [Math.min(...row.seats), Math.max(...row.seats)] : [section.first, section.first + section.count - 1];
    const next = step > 0 ? numbers[1]! + 1 : numbers[0]! - 1;
    if (next < 1 || next > this.#layout.count) return 0;
    const nextRow = rows[rowOf[next - 1]!];
    return nextRow ? nextRow.seats[step > 0 ? 0 : nextRow.seats.length - 1]! : sections[sectionOf[next - 1]!]!.first;
  }

  #stands(seat: number): boolean {
    return this.#layout.rowOf[seat - 1]! >= 0;
  }
  #bucketOf(seat: number): number {
    const column = Math.floor((this.#layout.x[seat - 1]! - this.#layout.box.left) / bucketSize);
    const line = Math.floor((this.#layout.y[seat - 1]! - this.#layout.box.top) / bucketSize);
    return line * this.#columns + column;
  }
}
