// Forms for a new date and for the prices, sections and day of one that exists.
import { useState } from "preact/hooks";
import type { ConcertChange, Plan } from "../../client/src/operator";
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { formatShowing, parseMoney, plainMoney } from "../format";
import { ActButton } from "../parts/act_button";
import { Card } from "../parts/blocks";
import { TextField } from "../parts/fields";
import { emptySeats, emptySection, faultOf, PriceFields, SectionFields, sectionOf, SeatsForm, seatsOf, type SeatsDraft } from "../parts/seats_form";
import { words } from "../words";
import { useChange } from "./dates";

const w = words.dates;

/** A day and, if it is given, a time: the key of a date. */
export const dateKey = (day: string, time: string): string => (time ? `${day}T${time}` : day);

function WhenFields(props: { day: string; time: string; label: string; onDay: (day: string) => void; onTime: (time: string) => void }) {
  return (
    <>
      <TextField type="date" label={props.label} required value={props.day} onValue={props.onDay} />
      <TextField type="time" label={`${words.create.time} (${words.optional})`} value={props.time} onValue={props.onTime} />
    </>
  );
}

export function AddDate() {
  const { concert, etag } = useConcert();
  const change = useChange();
  const [open, setOpen] = useState(false);
  const [day, setDay] = useState("");
  const [time, setTime] = useState("");
  const [seats, setSeats] = useState<SeatsDraft>(emptySeats);
  const [plan, setPlan] = useState<Plan | undefined>(undefined);
  const fault = day ? faultOf(seats, plan, concert.currency) : words.create.needDate;
  const date = dateKey(day, time);
  const request: ConcertChange = { addDates: [{ date, ...seatsOf(seats, plan, concert.currency) }] };
  if (!open) return <p><button type="button" onClick={() => setOpen(true)}>{w.add}</button></p>;
  return (
    <Card title={w.add}>
      <div class="fields"><WhenFields label={words.create.date} day={day} time={time} onDay={setDay} onTime={setTime} /></div>
      <SeatsForm draft={seats} currency={concert.currency} onDraft={setSeats} onPlan={setPlan} />
      {fault && <p class="soft">{fault}</p>}
      <div class="row">
        <ActButton
          label={w.addButton} kind="main" disabled={fault !== ""} of={[request, etag]}
          send={async (attempt) => { await change(request, attempt); return w.added; }}
          onDone={() => { setOpen(false); setSeats(emptySeats); setDay(""); setTime(""); }}
        />
        <button type="button" onClick={() => setOpen(false)}>{words.close}</button>
      </div>
    </Card>
  );
}

// Categories of a plan, otherwise sections; the first price of a name stands for all.
function pricesOf(date: ShowingOfConcert, currency: string): Record<string, string> {
  const prices: Record<string, string> = {};
  for (const { name, category, price } of date.sections) prices[category ?? name] ??= plainMoney(price, currency);
  return prices;
}

function ChangePrices({ date, onDone }: { date: ShowingOfConcert; onDone: () => void }) {
  const { concert, etag } = useConcert();
  const send = useChange();
  const [before] = useState(() => pricesOf(date, concert.currency));
  const [prices, setPrices] = useState(before);
  const changed = Object.keys(prices).filter((name) => prices[name] !== before[name]);
  const parsed = changed.map((name) => [name, parseMoney(prices[name]!, concert.currency)] as const);
  const good = changed.length > 0 && parsed.every(([, price]) => price !== null && price >= 0);
  const change: ConcertChange = { changeDates: [{ date: date.date, prices: Object.fromEntries(parsed.map(([name, price]) => [name, price ?? 0])) }] };
  return (
    <fieldset>
      <legend>{w.prices}</legend>
      <p class="soft">{w.pricesHint}</p>
      <PriceFields names={Object.keys(before)} prices={prices} currency={concert.currency} onPrices={setPrices} />
      <ActButton
        label={w.savePrices} kind="main" disabled={!good} of={[change, etag]} onDone={onDone}
        send={async (attempt) => { await send(change, attempt); return w.changed; }}
      />
    </fieldset>
  );
}

function Postpone({ date, onDone }: { date: ShowingOfConcert; onDone: () => void }) {
  const { etag } = useConcert();
  const send = useChange();
  const [day = "", time = ""] = date.date.split("T");
  const [newDay, setDay] = useState(day);
  const [newTime, setTime] = useState(time);
  const to = dateKey(newDay, newTime);
  const change: ConcertChange = { changeDates: [{ date: date.date, postponeTo: to }] };
  return (
    <fieldset>
      <legend>{w.postpone}</legend>
      <p class="soft">{w.postponeHint}</p>
      <div class="fields"><WhenFields label={w.postponeTo} day={newDay} time={newTime} onDay={setDay} onTime={setTime} /></div>
      <ActButton
        label={w.postpone} kind="danger" disabled={!newDay || to === date.date} of={[change, etag]} onDone={onDone} typed={to}
        question={<p>{newDay ? w.postponeText(formatShowing(date.date), formatShowing(to)) : ""}</p>}
        send={async (attempt) => { await send(change, attempt); return w.changed; }}
      />
    </fieldset>
  );
}

function AddSection({ date, onDone }: { date: ShowingOfConcert; onDone: () => void }) {
  const { concert, etag } = useConcert();
  const send = useChange();
  const [section, setSection] = useState({ ...emptySection });
  const fault = faultOf({ sections: [section], planId: "", prices: {} }, undefined, concert.currency);
  const change: ConcertChange = { changeDates: [{ date: date.date, addSections: [sectionOf(section, concert.currency)] }] };
  return (
    <fieldset>
      <legend>{w.addSection}</legend>
      <SectionFields draft={section} currency={concert.currency} onDraft={setSection} />
      <ActButton
        label={w.addSection} kind="main" disabled={fault !== ""} of={[change, etag]} onDone={onDone}
        send={async (attempt) => { await send(change, attempt); return w.changed; }}
      />
    </fieldset>
  );
}

export function ChangeDate({ date, onDone }: { date: ShowingOfConcert; onDone: () => void }) {
  return (
    <div class="change-date">
      <ChangePrices date={date} onDone={onDone} />
      {!date.planId && <AddSection date={date} onDone={onDone} />}
      <Postpone date={date} onDone={onDone} />
    </div>
  );
}
