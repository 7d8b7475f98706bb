// A plan that is being read: sections, rows and seats are added one by one, and what does not fit is told.
import type { PlanRequest } from "../../client/src/operator";
import { words } from "../words";

const f = words.plan.faults;

export interface DraftSeat { label: string; category: string; x?: number; y?: number; accessible?: boolean }
interface DraftRow { label: string; seats: DraftSeat[] }
/** `taken` has each pair of a row's and a seat's label. */
interface DraftSection { name: string; capacity: number; category: string; rows: Map<string, DraftRow>; taken: Set<string> }

/** What was read, and the parts of it that were left out. */
export interface ReadPlan {
  format: "frontrow" | "pretix" | "csv";
  plan: PlanRequest;
  refused: string[];
  /** What was not used, without harm. */
  remarks: string[];
}

/** Positions have at most two digits after the point. */
export const toPosition = (value: number): number => Math.round(value * 100) / 100;

export class PlanDraft {
  readonly refused: string[] = [];
  readonly #categories = new Set<string>();
  readonly #sections = new Map<string, DraftSection>();

  refuse(place: string, why: string): void {
    this.refused.push(f.refusedSeat(place, why));
  }

  addCategory(name: string): void {
    if (name) this.#categories.add(name);
  }

  /** Null, or why the capacity is not taken. */
  addGeneral(name: string, capacity: number, category: string): string | null {
    const known = this.#sections.get(name);
    if (known) return known.capacity ? f.twice : f.bothKinds;
    this.#categories.add(category);
    this.#sections.set(name, { name, capacity, category, rows: new Map(), taken: new Set() });
    return null;
  }

  /** `key` tells rows of one label apart; null, or why the seat is not taken. */
  addSeat(section: string, row: string, key: string, seat: DraftSeat): string | null {
    let known = this.#sections.get(section);
    if (known?.capacity) return f.bothKinds;
    if (!known) this.#sections.set(section, (known = { name: section, capacity: 0, category: "", rows: new Map(), taken: new Set() }));
    const pair = `${row}\n${seat.label}`;
    if (known.taken.has(pair)) return f.twice;
    known.taken.add(pair);
    let rowOfSeat = known.rows.get(key);
    if (!rowOfSeat) known.rows.set(key, (rowOfSeat = { label: row, seats: [] }));
    this.#categories.add(seat.category);
    rowOfSeat.seats.push(seat);
    return null;
  }

  finish(name: string): PlanRequest {
    const sections = [...this.#sections.values()].map((section) =>
      section.capacity
        ? { name: section.name, kind: "general", capacity: section.capacity, category: section.category }
        : { name: section.name, rows: [...section.rows.values()].map(({ label, seats }) => ({ label, seats })) });
    return { name, categories: [...this.#categories], sections } as unknown as PlanRequest;
  }
}
