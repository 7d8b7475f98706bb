// Reads a seating plan in any of the formats that the board knows, without sending anything.
import type { PlanRequest } from "../../client/src/operator";
import { words } from "../words";
import { readCsvPlan } from "./csv_plan";
import type { ReadPlan } from "./plan_draft";
import { readPretixPlan, type PretixPlan } from "./pretix_plan";

const f = words.plan.faults;

/** A text: why it is no plan. `name` stands in for that of the document, unless it is empty. */
export function readPlanText(text: string, name: string): ReadPlan | string {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (!trimmed.startsWith("{")) return readCsvPlan(text, name);
  let document: PretixPlan & Partial<PlanRequest>;
  try {
    document = JSON.parse(trimmed);
  } catch (error) {
    return `${f.notJson} ${String(error)}`;
  }
  if (Array.isArray(document.zones)) return readPretixPlan(document, name);
  if (!Array.isArray(document.sections) || !Array.isArray(document.categories)) return f.noZones;
  return { format: "frontrow", plan: { ...(document as PlanRequest), name: name || (document.name ?? "") }, refused: [], remarks: [] };
}
