// Seating plans of pretix: the JSON of its plan editor. Zones become sections, and a position is the sum of
// those of zone, row and seat; drawings are left out.
import { words } from "../words";
import { PlanDraft, toPosition, type ReadPlan } from "./plan_draft";

const f = words.plan.faults;

interface Point { x?: number; y?: number }
interface PretixSeat { seat_number?: string | number; category?: string; position?: Point }
interface PretixRow { row_number?: string | number; position?: Point; seats?: PretixSeat[] }
interface PretixZone { name?: string; position?: Point; rows?: PretixRow[] }
export interface PretixPlan { name?: string; zones?: PretixZone[]; categories?: { name?: string }[] }

const textOf = (value: string | number | undefined): string => (value === undefined || value === null ? "" : String(value).trim());
const sum = (a: Point = {}, b: Point = {}): Required<Point> => ({ x: (a.x ?? 0) + (b.x ?? 0), y: (a.y ?? 0) + (b.y ?? 0) });

// A name that an earlier zone has gets " (2)", " (3)" ... behind it.
function freeName(wanted: string, taken: Set<string>): string {
  let free = wanted;
  for (let again = 2; taken.has(free); ++again) free = `${wanted} (${again})`;
  taken.add(free);
  return free;
}

export function readPretixPlan(document: PretixPlan, name: string): ReadPlan {
  const draft = new PlanDraft();
  const names = new Set<string>();
  for (const category of document.categories ?? []) draft.addCategory(textOf(category.name));
  document.zones?.forEach((zone, zoneAt) => {
    if (!zone.rows?.length) return;
    const section = freeName(textOf(zone.name) || `Zone ${zoneAt + 1}`, names);
    zone.rows.forEach((row, rowAt) => {
      const rowPlace = sum(zone.position, row.position);
      const label = textOf(row.row_number);
      row.seats?.forEach((seat, seatAt) => {
        const place = `${section}, ${rowAt + 1}, ${seatAt + 1}`;
        const number = textOf(seat.seat_number), category = textOf(seat.category);
        if (!label) return draft.refuse(place, f.missing("row_number"));
        if (!number) return draft.refuse(place, f.missing("seat_number"));
        if (!category) return draft.refuse(place, f.missing("category"));
        const { x, y } = sum(rowPlace, seat.position);
        const why = draft.addSeat(section, label, String(rowAt), { label: number, category, x: toPosition(x), y: toPosition(y) });
        if (why) draft.refuse(place, why);
      });
    });
  });
  return { format: "pretix", plan: draft.finish(name || textOf(document.name)), refused: draft.refused, remarks: [] };
}
