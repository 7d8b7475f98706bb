// Seating plans as tables: a header line, then a line for each seat or each general section. The same
// columns as `frontrow plan import --from csv`: section, row, seat, category; x, y, accessible; kind, capacity.
import { words } from "../words";
import { parseCsv, type CsvTable } from "./csv";
import { PlanDraft, toPosition, type DraftSeat, type ReadPlan } from "./plan_draft";

const f = words.plan.faults;
const needed = ["section", "row", "seat", "category"];
const known = [...needed, "x", "y", "accessible", "kind", "capacity"];
const seatsMax = 100_000;

function yesOrNo(text: string): boolean | null {
  if (/^(yes|true|x|1|y)$/i.test(text)) return true;
  return /^(|no|false|0|n)$/i.test(text) ? false : null;
}

/** A decimal comma is one where fields are not separated by commas. Null: no number. */
function position(text: string, separator: CsvTable["separator"]): number | null {
  const number = Number(separator === "," ? text : text.replace(",", "."));
  return Number.isFinite(number) ? toPosition(number) : null;
}

function readSeat(field: (column: string) => string, separator: CsvTable["separator"], draft: PlanDraft): string | null {
  const lacking = needed.find((column) => !field(column));
  if (lacking) return f.missing(lacking);
  const x = position(field("x"), separator), y = position(field("y"), separator);
  if (x === null || y === null) return f.badNumber;
  const accessible = yesOrNo(field("accessible"));
  if (accessible === null) return f.badAccessible;
  const seat: DraftSeat = { label: field("seat"), category: field("category") };
  if (field("x") || field("y")) Object.assign(seat, { x, y });
  if (accessible) seat.accessible = true;
  return draft.addSeat(field("section"), field("row"), field("row"), seat);
}

function readGeneral(field: (column: string) => string, draft: PlanDraft): string | null {
  const capacity = Number(field("capacity"));
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > seatsMax) return f.badCapacity;
  if (!field("section")) return f.missing("section");
  if (!field("category")) return f.missing("category");
  return draft.addGeneral(field("section"), capacity, field("category"));
}

function readLine(field: (column: string) => string, separator: CsvTable["separator"], draft: PlanDraft): string | null {
  const kind = field("kind");
  if (/^general$/i.test(kind)) return readGeneral(field, draft);
  if (kind && !/^numbered$/i.test(kind)) return f.badKind(kind);
  return field("capacity") ? f.capacityOfNumbered : readSeat(field, separator, draft);
}

/** A text: why it is no such table. */
export function readCsvPlan(text: string, name: string): ReadPlan | string {
  const { separator, records } = parseCsv(text);
  const header = records[0]?.fields.map((column) => column.toLowerCase()) ?? [];
  const lacking = needed.find((column) => !header.includes(column));
  if (lacking) return header.includes("section") || header.length > 1 ? f.noColumn(lacking) : f.notJson;
  const draft = new PlanDraft();
  for (const { line, fields } of records.slice(1)) {
    const field = (column: string) => fields[header.indexOf(column)] ?? "";
    const why = readLine(field, separator, draft);
    if (why) draft.refuse(f.line(line), why);
  }
  const remarks = header.filter((column) => column && !known.includes(column)).map(f.unusedColumn);
  return { format: "csv", plan: draft.finish(name), refused: draft.refused, remarks };
}
