// Where the seats of a date lie, and what they are called: from a seating plan, or from listed sections.
//
// Seat n is at index n - 1 of every array. Positions are in units of the distance between neighbours, so
// that a seat is a circle of less than 1 across. A general section is one area with the text of its first
// seat; it counts as one thing for pointers and arrows. Where a plan has no positions, its rows are drawn
// one below the other, section beside section.

/** A plan as a server tells it, or as it is registered. */
export interface PlanLike {
  sections: PlanSection[];
}
export interface PlanSection {
  name: string;
  kind?: string;
  category?: string;
  capacity?: number;
  rows?: PlanRow[];
}
export interface PlanRow {
  label: string;
  category?: string;
  seats?: { label: string; category?: string; x?: number; y?: number; accessible?: boolean }[];
  first?: number;
  count?: number;
  x?: number;
  y?: number;
  dx?: number;
}
/** A section of a date without a plan. */
export interface ListedSection {
  name: string;
  kind?: string;
  category?: string;
  first: number;
  last: number;
}

export interface SeatRow {
  label: string;
  section: number;
  /** The numbers of its seats, from the left to the right as they are drawn. */
  seats: number[];
}
export interface SeatSection {
  name: string;
  general: boolean;
  first: number;
  count: number;
  box: Box;
}
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
/** What a person calls a seat; row is empty where there are none. */
export interface SeatName {
  section: string;
  row: string;
  seat: string;
  category: string;
  accessible: boolean;
}

export interface SeatLayout {
  count: number;
  x: Float32Array;
  y: Float32Array;
  rows: SeatRow[];
  /** Index into rows, or -1 for the seats of general sections. */
  rowOf: Int32Array;
  sections: SeatSection[];
  sectionOf: Uint16Array;
  categories: string[];
  /** Index into categories. */
  categoryOf: Uint8Array;
  box: Box;
  stage: "top" | "bottom" | null;
  nameOf(seat: number): SeatName;
}

interface Spot {
  label: string;
  category: string;
  x: number;
  y: number;
  accessible: boolean;
}
interface Block {
  name: string;
  general: boolean;
  category: string;
  count: number;
  rows: { label: string; spots: Spot[] }[];
}

/** The layout of a plan. */
export function layoutOfPlan(plan: PlanLike): SeatLayout {
  const blocks = plan.sections.map(blockOfPlan);
  return build(blocks, blocks.every(hasPositions));
}

/** The layout of sections that were listed without a plan: each is a row, or several where it is long. */
export function layoutOfSections(sections: ListedSection[]): SeatLayout {
  const blocks: Block[] = [];
  for (const section of sections) {
    const before = blocks[blocks.length - 1];
    const rows = section.kind === "general" ? [] : rowsOfListed(section);
    if (before && !before.general && rows.length && before.name === section.name) {
      before.rows.push(...rows);
      before.count += section.last - section.first + 1;
    } else {
      blocks.push({
        name: section.name,
        general: !rows.length,
        category: section.category ?? section.name,
        count: section.last - section.first + 1,
        rows,
      });
    }
  }
  return build(blocks, false);
}

function rowsOfListed(section: ListedSection) {
  const count = section.last - section.first + 1;
  const lines = Math.ceil(count / Math.max(14, Math.ceil(Math.sqrt(count * 2))));
  const columns = Math.ceil(count / lines);
  const rows: Block["rows"] = [];
  for (let first = section.first; first <= section.last; first += columns) {
    const spots: Spot[] = [];
    for (let seat = first; seat < first + columns && seat <= section.last; ++seat)
      spots.push({ label: String(seat), category: section.category ?? section.name, x: 0, y: 0, accessible: false });
    rows.push({ label: "", spots });
  }
  return rows;
}

function blockOfPlan(section: PlanSection): Block {
  const general = section.kind === "general" || !section.rows;
  const rows = general ? [] : section.rows!.map((row) => ({ label: row.label, spots: spotsOf(row, section) }));
  const count = general ? section.capacity ?? 0 : rows.reduce((sum, row) => sum + row.spots.length, 0);
  return { name: section.name, general, category: section.category ?? "", count, rows };
}

function spotsOf(row: PlanRow, section: PlanSection): Spot[] {
  const category = row.category ?? section.category ?? "";
  if (row.seats)
    return row.seats.map((seat) => ({
      label: seat.label,
      category: seat.category ?? category,
      x: seat.x ?? 0,
      y: seat.y ?? 0,
      accessible: seat.accessible ?? false,
    }));
  return Array.from({ length: row.count ?? 0 }, (_, at) => ({
    label: String((row.first ?? 1) + at),
    category,
    x: (row.x ?? 0) + at * (row.dx ?? 0),
    y: row.y ?? 0,
    accessible: false,
  }));
}

function hasPositions(block: Block): boolean {
  return block.rows.every(({ spots }) => {
    const last = spots[spots.length - 1];
    return !last || spots.length === 1 || spots[0]!.x !== last.x || spots[0]!.y !== last.y;
  });
}

// Rows of a block one below the other, centred; blocks from left to right in lines of about one width.
function arrange(blocks: Block[]): void {
  const numbered = blocks.filter((block) => !block.general);
  const widthOf = (block: Block) => Math.max(...block.rows.map((row) => row.spots.length));
  const area = numbered.reduce((sum, block) => sum + (widthOf(block) + 2) * (block.rows.length + 3), 0);
  const widthMax = Math.max(Math.sqrt(area * 1.4), ...numbered.map(widthOf));
  let left = 0, top = 0, height = 0;
  for (const block of numbered) {
    const width = widthOf(block);
    if (left && left + width > widthMax) {
      top += height + 3;
      left = height = 0;
    }
    block.rows.forEach(({ spots }, row) =>
      spots.forEach((spot, column) => {
        spot.x = left + column + (width - spots.length) / 2;
        spot.y = top + row;
      }));
    height = Math.max(height, block.rows.length);
    left += width + 2;
  }
}

// The median distance of seats that are side by side, or of rows where that is smaller.
function pitchOf(blocks: Block[]): number {
  const distances: number[] = [];
  for (const { rows } of blocks)
    rows.forEach(({ spots }, at) => {
      for (let seat = 1; seat < spots.length; ++seat)
        distances.push(Math.hypot(spots[seat]!.x - spots[seat - 1]!.x, spots[seat]!.y - spots[seat - 1]!.y));
      const here = spots[0], below = rows[at + 1]?.spots[0];
      if (here && below) distances.push(Math.hypot(here.x - below.x, here.y - below.y));
    });
  const sorted = distances.filter((distance) => distance > 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.3)] ?? 1;
}

function emptyBox(): Box {
  return { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
}
function widen(box: Box, left: number, top: number, right = left, bottom = top): void {
  box.left = Math.min(box.left, left);
  box.top = Math.min(box.top, top);
  box.right = Math.max(box.right, right);
  box.bottom = Math.max(box.bottom, bottom);
}

function build(blocks: Block[], positioned: boolean): SeatLayout {
  if (!positioned) arrange(blocks);
  const count = blocks.reduce((sum, block) => sum + block.count, 0);
  const scale = positioned ? 1 / pitchOf(blocks) : 1;
  const spots: (Spot | null)[] = new Array<Spot | null>(count).fill(null);
  const layout = {
    count,
    x: new Float32Array(count),
    y: new Float32Array(count),
    rows: [] as SeatRow[],
    rowOf: new Int32Array(count).fill(-1),
    sections: [] as SeatSection[],
    sectionOf: new Uint16Array(count),
    categories: [] as string[],
    categoryOf: new Uint8Array(count),
    box: emptyBox(),
    stage: null as SeatLayout["stage"],
    nameOf(seat: number): SeatName {
      const spot = spots[seat - 1];
      return {
        section: this.sections[this.sectionOf[seat - 1]!]!.name,
        row: this.rows[this.rowOf[seat - 1]!]?.label ?? "",
        seat: spot?.label ?? "",
        category: this.categories[this.categoryOf[seat - 1]!]!,
        accessible: spot?.accessible ?? false,
      };
    },
  };
  let seat = 1;
  for (const block of blocks) {
    addSection(layout, block, seat, spots, scale);
    seat += block.count;
  }
  placeGeneral(layout);
  if (count === 0) widen(layout.box, 0, 0);
  layout.stage = positioned ? stageOf(layout) : layout.rows.length ? "top" : null;
  return layout;
}

function categoryIndex(categories: string[], name: string): number {
  const at = categories.indexOf(name);
  return at >= 0 ? at : Math.min(255, categories.push(name) - 1);
}

function addSection(layout: SeatLayout, block: Block, first: number, spots: (Spot | null)[], scale: number): void {
  const section = layout.sections.length;
  const box = emptyBox();
  layout.sections.push({ name: block.name, general: block.general, first, count: block.count, box });
  layout.sectionOf.fill(section, first - 1, first - 1 + block.count);
  if (block.general) {
    layout.categoryOf.fill(categoryIndex(layout.categories, block.category), first - 1, first - 1 + block.count);
    return;
  }
  let seat = first;
  for (const row of block.rows) {
    const seats: number[] = [];
    for (const spot of row.spots) {
      layout.x[seat - 1] = spot.x * scale;
      layout.y[seat - 1] = spot.y * scale;
      layout.rowOf[seat - 1] = layout.rows.length;
      layout.categoryOf[seat - 1] = categoryIndex(layout.categories, spot.category);
      spots[seat - 1] = spot;
      widen(box, spot.x * scale - 0.5, spot.y * scale - 0.5, spot.x * scale + 0.5, spot.y * scale + 0.5);
      seats.push(seat++);
    }
    seats.sort((a, b) => layout.x[a - 1]! - layout.x[b - 1]! || a - b);
    layout.rows.push({ label: row.label, section, seats });
  }
  widen(layout.box, box.left, box.top, box.right, box.bottom);
}

// General sections have no positions: they lie below the seats, side by side.
function placeGeneral(layout: SeatLayout): void {
  const general = layout.sections.filter((section) => section.general);
  if (!general.length) return;
  if (layout.box.left === Infinity) widen(layout.box, 0, 0, Math.max(24, 12 * general.length), 0);
  const columns = Math.min(general.length, 4);
  const width = (layout.box.right - layout.box.left) / columns;
  const height = Math.max(4, Math.min(width * 0.4, 12));
  const top = layout.box.bottom + (layout.rows.length ? 2 : 0), left = layout.box.left;
  general.forEach((section, at) => {
    const x = left + (at % columns) * width, y = top + Math.floor(at / columns) * height;
    section.box = { left: x + 0.3, top: y + 0.3, right: x + width - 0.3, bottom: y + height - 0.3 };
    layout.x.fill(x + width / 2, section.first - 1, section.first - 1 + section.count);
    layout.y.fill(y + height / 2, section.first - 1, section.first - 1 + section.count);
    widen(layout.box, x, y, x + width, y + height);
  });
}

// The first seats of a plan are the preferred ones; so the stage is where they are.
function stageOf(layout: SeatLayout): SeatLayout["stage"] {
  let first = 0, all = 0, seats = 0;
  const some = Math.max(1, Math.floor(layout.count / 10));
  let counted = 0;
  for (let at = 0; at < layout.count; ++at) {
    if (layout.rowOf[at]! < 0) continue;
    if (counted < some) first += layout.y[at]!, ++counted;
    all += layout.y[at]!;
    ++seats;
  }
  if (!seats) return null;
  const lean = (first / counted - all / seats) / (layout.box.bottom - layout.box.top);
  return lean < -0.08 ? "top" : lean > 0.08 ? "bottom" : null;
}
