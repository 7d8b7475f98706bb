// The seats of a new date: sections that are typed, or a registered plan with a price for each category.
import { useEffect, useState } from "preact/hooks";
import type { ConcertRequest, Plan } from "../../client/src/operator";
import { formatMoney, parseMoney } from "../format";
import { usePolled } from "./polled";
import { NumberField, SelectField, TextField } from "./fields";
import { StaleNote } from "./problem_card";
import { useSession } from "../session";
import { words } from "../words";

const w = words.create;

export interface SectionDraft { name: string; kind: "numbered" | "general"; seats: string; price: string }

/** Texts of fields; `planId` empty: sections. */
export interface SeatsDraft {
  sections: SectionDraft[];
  planId: string;
  prices: Record<string, string>;
}

type NewDate = ConcertRequest["dates"][number];
type NewSection = NonNullable<NewDate["sections"]>[number];

export const emptySection: SectionDraft = { name: "", kind: "numbered", seats: "", price: "" };
export const emptySeats: SeatsDraft = { sections: [{ ...emptySection }], planId: "", prices: {} };

export function sectionOf(draft: SectionDraft, currency: string): NewSection {
  const price = parseMoney(draft.price, currency) ?? 0;
  const section = draft.kind === "general"
    ? { name: draft.name.trim(), kind: "general", capacity: Number(draft.seats), price }
    : { name: draft.name.trim(), seats: Number(draft.seats), price };
  return section as NewSection;
}

/** What the API takes for a date with these seats. */
export function seatsOf(draft: SeatsDraft, plan: Plan | undefined, currency: string): Pick<NewDate, "sections" | "planId" | "prices"> {
  if (!draft.planId) return { sections: draft.sections.map((section) => sectionOf(section, currency)) };
  const names = plan?.categories ?? Object.keys(draft.prices);
  const prices = Object.fromEntries(names.map((name) => [name, parseMoney(draft.prices[name] ?? "", currency) ?? 0]));
  return { planId: Number(draft.planId), prices };
}

/** Why the seats cannot be sent yet; empty if they can. */
export function faultOf(draft: SeatsDraft, plan: Plan | undefined, currency: string): string {
  const bad = (price: string) => { const value = parseMoney(price, currency); return value === null || value < 0; };
  if (draft.planId) {
    const name = plan?.categories.find((category) => bad(draft.prices[category] ?? ""));
    return !plan ? words.loading : name === undefined ? "" : w.needPrice(name);
  }
  const section = draft.sections.find(({ name, seats, price }) => !name.trim() || !(Number(seats) >= 1) || bad(price));
  return section ? w.needSection : "";
}

export const countSeats = (draft: SeatsDraft, plan: Plan | undefined): number =>
  draft.planId ? plan?.seats ?? 0 : draft.sections.reduce((sum, { seats }) => sum + (Number(seats) || 0), 0);

export function SectionFields(props: { draft: SectionDraft; currency: string; onDraft: (draft: SectionDraft) => void; onRemove?: (() => void) | undefined }) {
  const { draft, currency } = props;
  const price = parseMoney(draft.price, currency);
  const set = (change: Partial<SectionDraft>) => props.onDraft({ ...draft, ...change });
  return (
    <div class="fields section-fields">
      <TextField label={w.section} required maxLength={100} value={draft.name} onValue={(name) => set({ name })} />
      <SelectField
        label={w.kind} value={draft.kind} onValue={(kind) => set({ kind: kind as SectionDraft["kind"] })}
        options={[{ value: "numbered", label: w.numbered }, { value: "general", label: w.general }]}
      />
      <NumberField label={w.seats} required min={1} max={100_000} value={draft.seats} onValue={(seats) => set({ seats })} />
      <TextField
        label={`${w.price} (${currency})`} inputMode="decimal" required value={draft.price} onValue={(text) => set({ price: text })}
        hint={draft.price ? price === null ? words.wallets.badAmount : formatMoney(price, currency) : ""}
      />
      {props.onRemove && <button type="button" class="quiet remove" onClick={props.onRemove}>{words.remove}<span class="unseen"> {draft.name}</span></button>}
    </div>
  );
}

function SectionList(props: { draft: SeatsDraft; currency: string; onDraft: (draft: SeatsDraft) => void }) {
  const { draft, currency, onDraft } = props;
  const replace = (at: number, section: SectionDraft) =>
    onDraft({ ...draft, sections: draft.sections.map((old, index) => (index === at ? section : old)) });
  return (
    <>
      {draft.sections.map((section, at) => (
        <SectionFields
          key={at} draft={section} currency={currency} onDraft={(next) => replace(at, next)}
          onRemove={draft.sections.length > 1 ? () => onDraft({ ...draft, sections: draft.sections.filter((_, index) => index !== at) }) : undefined}
        />
      ))}
      <button type="button" onClick={() => onDraft({ ...draft, sections: [...draft.sections, { ...emptySection }] })}>{w.addSection}</button>
    </>
  );
}

export function PriceFields(props: { names: string[]; prices: Record<string, string>; currency: string; onPrices: (prices: Record<string, string>) => void }) {
  return (
    <div class="fields">
      {props.names.map((name) => {
        const text = props.prices[name] ?? "";
        const price = parseMoney(text, props.currency);
        return (
          <TextField
            key={name} label={`${name} (${props.currency})`} inputMode="decimal" value={text}
            onValue={(value) => props.onPrices({ ...props.prices, [name]: value })}
            hint={text ? price === null ? words.wallets.badAmount : formatMoney(price, props.currency) : ""}
          />
        );
      })}
    </div>
  );
}

interface SeatsFormProps {
  draft: SeatsDraft;
  currency: string;
  /** Counts up when a plan was registered, so that the list is read again. */
  round?: number;
  onDraft: (draft: SeatsDraft) => void;
  onPlan: (plan: Plan | undefined) => void;
}

/** `onPlan` gets the chosen plan once it is read. */
export function SeatsForm(props: SeatsFormProps) {
  const { client, covers } = useSession();
  const { draft, onDraft, currency } = props;
  const plans = usePolled(0, `plans-${props.round ?? 0}`, async (signal) => (covers() ? client.listPlans(signal) : []));
  const [problem, setProblem] = useState<unknown>(null);
  const [plan, setPlan] = useState<Plan | undefined>(undefined);
  useEffect(() => {
    const stop = new AbortController();
    setPlan(undefined);
    props.onPlan(undefined);
    setProblem(null);
    if (!draft.planId) return;
    client.readPlan(Number(draft.planId), stop.signal).then((read) => {
      setPlan(read);
      props.onPlan(read);
    }, (fault) => { if (!stop.signal.aborted) setProblem(fault); });
    return () => stop.abort();
  }, [draft.planId]);
  return (
    <>
      {plans.value && plans.value.length > 0 && (
        <SelectField
          label={w.seatsFrom} value={draft.planId} onValue={(planId) => onDraft({ ...draft, planId })}
          options={[
            { value: "", label: w.sections },
            ...plans.value.map(({ planId, name, seats }) => ({ value: String(planId), label: `${planId}: ${w.planOption(name, seats)}` })),
          ]}
        />
      )}
      <StaleNote problem={problem} hasValue={false} />
      {!draft.planId && <SectionList draft={draft} currency={currency} onDraft={onDraft} />}
      {plan && (
        <fieldset>
          <legend>{w.prices}</legend>
          <PriceFields names={plan.categories} prices={draft.prices} currency={currency} onPrices={(prices) => onDraft({ ...draft, prices })} />
        </fieldset>
      )}
    </>
  );
}
