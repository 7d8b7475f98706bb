// A new concert: title, times, dates with their seats and prices, rules; and its seats before it is sent.
import { useState } from "preact/hooks";
import type { ConcertRequest, Plan } from "../../client/src/operator";
import { browserZone, fromLocalField } from "../format";
import { ActButton } from "../parts/act_button";
import { Card, ViewTitle } from "../parts/blocks";
import { CheckField, NumberField, SelectField, TextField } from "../parts/fields";
import { countSeats, emptySeats, faultOf, SeatsForm, seatsOf, type SeatsDraft } from "../parts/seats_form";
import { PlanPreview } from "../parts/plan_preview";
import { go } from "../route";
import { useSession } from "../session";
import { words } from "../words";
import { dateKey } from "./date_forms";
import { PlanImport } from "./plan_import";

const w = words.create;
const s = words.settings;

interface DateDraft { day: string; time: string; closesAt: string }

const ruleNames = ["maxActive", "admitPerSecond", "sessionSeconds", "idleSeconds", "holdSeconds", "holdExtensions", "offerSeconds", "maxSeatsPerUser"] as const;
const queueRules: readonly string[] = ["maxActive", "admitPerSecond", "sessionSeconds", "idleSeconds"];
const zones: string[] = (Intl as unknown as { supportedValuesOf?: (what: string) => string[] }).supportedValuesOf?.("timeZone") ?? [];

interface Draft {
  title: string;
  currency: string;
  timeZone: string;
  order: string;
  opensAt: string;
  closesAt: string;
  dates: DateDraft[];
  seats: SeatsDraft;
  rules: Record<string, string>;
  stayAfterPayment: boolean;
  noSingleSeats: boolean;
}

const emptyDraft: Draft = {
  title: "", currency: "", timeZone: browserZone, order: "arrival", opensAt: "", closesAt: "", dates: [{ day: "", time: "", closesAt: "" }],
  seats: emptySeats, rules: {}, stayAfterPayment: false, noSingleSeats: false,
};

/** The request of the form; fields that are empty are left to the server. */
export function requestOf(draft: Draft, plan: Plan | undefined, currency: string): ConcertRequest {
  const rules = Object.entries(draft.rules).filter(([, text]) => text !== "").map(([name, text]) => [name, Number(text)] as const);
  const queue: Record<string, unknown> = Object.fromEntries(rules.filter(([name]) => queueRules.includes(name)));
  if (draft.stayAfterPayment) queue["stayAfterPayment"] = true;
  const seats = seatsOf(draft.seats, plan, currency);
  return {
    title: draft.title.trim(),
    ...(draft.opensAt ? { opensAt: fromLocalField(draft.opensAt) } : {}),
    ...(draft.closesAt ? { closesAt: fromLocalField(draft.closesAt) } : {}),
    timeZone: draft.timeZone,
    ...(draft.currency ? { currency: draft.currency } : {}),
    ...(draft.order === "random" ? { order: "random" } : {}),
    ...(Object.keys(queue).length ? { queue } : {}),
    ...Object.fromEntries(rules.filter(([name]) => !queueRules.includes(name))),
    ...(draft.noSingleSeats ? { noSingleSeats: true } : {}),
    dates: draft.dates.map(({ day, time, closesAt }) => ({
      date: dateKey(day, time),
      ...(closesAt ? { closesAt: fromLocalField(closesAt) } : {}),
      ...seats,
    })),
  } as ConcertRequest;
}

type SetDraft = (change: Partial<Draft>) => void;

function WhatFields({ draft, set }: { draft: Draft; set: SetDraft }) {
  return (
    <Card title={w.what}>
      <div class="fields">
        <TextField wide label={w.name} required maxLength={200} value={draft.title} onValue={(title) => set({ title })} />
        <TextField type="datetime-local" label={w.opensAt} value={draft.opensAt} onValue={(opensAt) => set({ opensAt })} hint={w.opensHint} />
        <TextField type="datetime-local" label={w.closesAt} value={draft.closesAt} onValue={(closesAt) => set({ closesAt })} hint={w.closesHint} />
        <TextField label={w.zone} value={draft.timeZone} onValue={(timeZone) => set({ timeZone })} list="zones" required hint={words.browserZone(browserZone)} />
        <SelectField
          wide label={w.order} value={draft.order} onValue={(order) => set({ order })} hint={w.orderHint}
          options={[{ value: "arrival", label: w.arrival }, { value: "random", label: w.random }]}
        />
      </div>
      <datalist id="zones">{zones.map((zone) => <option key={zone} value={zone} />)}</datalist>
    </Card>
  );
}

function DateFields({ draft, set }: { draft: Draft; set: SetDraft }) {
  const change = (at: number, part: Partial<DateDraft>) => set({ dates: draft.dates.map((date, index) => (index === at ? { ...date, ...part } : date)) });
  return (
    <Card title={w.dates}>
      {draft.dates.map((date, at) => (
        <div class="fields section-fields" key={at}>
          <TextField type="date" label={w.date} required value={date.day} onValue={(day) => change(at, { day })} />
          <TextField type="time" label={`${w.time} (${words.optional})`} value={date.time} onValue={(time) => change(at, { time })} />
          {draft.dates.length > 1 && (
            <button type="button" class="quiet remove" onClick={() => set({ dates: draft.dates.filter((_, index) => index !== at) })}>
              {words.remove}<span class="unseen"> {date.day}</span>
            </button>
          )}
        </div>
      ))}
      <button type="button" onClick={() => set({ dates: [...draft.dates, { ...draft.dates[draft.dates.length - 1]!, day: "" }] })}>{w.addDate}</button>
    </Card>
  );
}

function RuleFields({ draft, set }: { draft: Draft; set: SetDraft }) {
  return (
    <Card title={w.rules}>
      <p class="soft">{w.rulesHint}</p>
      <div class="fields">
        {ruleNames.map((name) => (
          <NumberField
            key={name} label={s[name]} min={name === "holdExtensions" ? 0 : 1} value={draft.rules[name] ?? ""}
            onValue={(value) => set({ rules: { ...draft.rules, [name]: value } })}
          />
        ))}
      </div>
      <CheckField label={s.stayAfterPayment} value={draft.stayAfterPayment} onValue={(stayAfterPayment) => set({ stayAfterPayment })} />
      <CheckField label={s.noSingleSeats} value={draft.noSingleSeats} onValue={(noSingleSeats) => set({ noSingleSeats })} />
    </Card>
  );
}

export function CreateView() {
  const { client, covers } = useSession();
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  const [plan, setPlan] = useState<Plan | undefined>(undefined);
  const [round, setRound] = useState(0);
  const set: SetDraft = (change) => setDraft((now) => ({ ...now, ...change }));
  const currency = useCurrency();
  const seats = countSeats(draft.seats, plan);
  const fault = !draft.title.trim() ? w.needTitle
    : draft.dates.some(({ day }) => !day) ? w.needDate
    : draft.order === "random" && !draft.opensAt ? w.orderHint
    : faultOf(draft.seats, plan, currency);
  const request = requestOf(draft, plan, currency);
  return (
    <>
      <ViewTitle of="new">{w.title}</ViewTitle>
      <div class="create">
        <WhatFields draft={draft} set={set} />
        <DateFields draft={draft} set={set} />
        <Card title={w.seatsFrom}>
          <SeatsForm draft={draft.seats} currency={currency} round={round} onDraft={(next) => set({ seats: next })} onPlan={setPlan} />
        </Card>
        {covers() && (
          <PlanImport onRegistered={(planId) => { setRound(round + 1); set({ seats: { ...draft.seats, planId: String(planId) } }); }} />
        )}
        {seats > 0 && <Card title={w.preview}><p class="soft">{w.previewText(seats)}</p><PlanPreview plan={plan} sections={draft.seats.planId ? undefined : draft.seats.sections} /></Card>}
        <RuleFields draft={draft} set={set} />
        <div class="bar">
          <span class="grow" role="status">{fault || w.check(draft.dates.length, seats * draft.dates.length)}</span>
          <ActButton
            label={w.button} kind="main" disabled={fault !== ""} of={request}
            send={async (attempt) => {
              const made = await client.createConcert(request, attempt);
              go(["concerts", made.concertId]);
              return w.done(made.title);
            }}
          />
        </div>
      </div>
    </>
  );
}

// An instance has one currency: that of its concerts, or KRW where there are none yet.
function useCurrency(): string {
  const { client } = useSession();
  const [currency, setCurrency] = useState("KRW");
  useState(() => { void client.listConcerts().then(([first]) => { if (first) setCurrency(first.currency); }, () => {}); });
  return currency;
}
