// The seat map of a date with who has what: one seat to look at, or several to block or to sell.
import { useEffect, useMemo, useState } from "preact/hooks";
import { layoutOfPlan, layoutOfSections, type SeatLayout } from "../../shared/seat_layout";
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { formatNumber, formatShowing, parseSeats, seatRanges } from "../format";
import { Card } from "../parts/blocks";
import { SelectField, TextField } from "../parts/fields";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { SeatMapView } from "../parts/seat_map_view";
import { go } from "../route";
import { seatStates, useSeatStates, type SeatStates } from "../seats/seat_states";
import { useSession } from "../session";
import { words } from "../words";
import { SeatActs } from "./seat_acts";
import { SeatPanel } from "./seat_panel";

const w = words.seats;

/** Where the seats of a date lie: by its plan, otherwise by its sections. Undefined while the plan is read. */
function useLayout(date: ShowingOfConcert): SeatLayout | undefined {
  const { client } = useSession();
  const planId = date.planId;
  const plan = usePolled(0, `plan-${planId ?? 0}`, async (signal) => (planId ? client.readPlan(planId, signal) : null));
  const shape = date.sections.map(({ name, first, last }) => `${name}:${first}-${last}`).join();
  return useMemo(() => {
    if (!planId) return layoutOfSections(date.sections);
    return plan.value ? layoutOfPlan(plan.value) : undefined;
  }, [planId, plan.value, shape]);
}

function Legend({ states }: { states: SeatStates }) {
  const counts = useMemo(() => {
    const sums = seatStates.map(() => 0);
    for (const state of states) ++sums[state]!;
    return sums;
  }, [states]);
  return (
    <ul class="legend" aria-label={w.legend}>
      {seatStates.map((state, at) => (counts[at] || state !== "unsure" ? (
        <li key={state}><i class={"swatch " + state} />{w.state[state]} <b>{formatNumber(counts[at]!)}</b></li>
      ) : null))}
    </ul>
  );
}

function ByNumber({ count, button, onSeats }: { count: number; button: string; onSeats: (seats: number[]) => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const seats = parseSeats(text);
    const good = seats !== null && seats[seats.length - 1]! <= count;
    setFault(good ? "" : seats ? w.noSuchSeat(count) : w.badNumbers);
    if (!good) return;
    onSeats(seats!);
    setText("");
  };
  return (
    <form class="by-number" onSubmit={submit}>
      <TextField label={w.byNumber} value={text} onValue={setText} required hint={fault || w.byNumberHint} />
      <button type="submit">{button}</button>
    </form>
  );
}

function DateSeats({ date, seat }: { date: ShowingOfConcert; seat: number | null }) {
  const { concert, refresh } = useConcert();
  const { may } = useSession();
  const layout = useLayout(date);
  const read = useSeatStates(date);
  const [several, setSeveral] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const acts = may("operate", "box-office");
  const reads = may("box-office", "read");
  const look = (one: number) => go(["concerts", concert.concertId, "seats"], { date: date.date, seat: one });
  const pick = (one: number) => {
    if (!several && reads) return look(one);
    setChosen((now) => { const next = new Set(now); if (!next.delete(one)) next.add(one); return next; });
  };
  const done = () => { setChosen(new Set()); read.reread(); refresh(); };
  useEffect(() => { if (seat !== null) setSeveral(false); }, [seat]);
  const choosing = several || !reads;
  const marked = useMemo(() => (choosing ? chosen : new Set(seat === null ? [] : [seat])), [choosing, chosen, seat]);
  return (
    <div class="seats-view">
      <Card class="map-card">
        {read.states && <Legend states={read.states} />}
        {acts && reads && (
          <div class="row" role="group" aria-label={w.mode}>
            <button type="button" aria-pressed={!several} onClick={() => setSeveral(false)}>{w.one}</button>
            <button type="button" aria-pressed={several} onClick={() => setSeveral(true)}>{w.several}</button>
          </div>
        )}
        <StaleNote problem={read.problem} hasValue={read.states !== null} />
        {!reads && <p class="soft">{w.noRead}</p>}
        {reads && !read.states && !read.problem && <p class="soft" role="status">{words.loading}</p>}
        {layout && read.states && (
          <SeatMapView layout={layout} states={read.states} chosen={marked} focus={choosing ? null : seat} onSeat={pick} />
        )}
      </Card>
      <div class="side" aria-live="polite">
        {choosing && acts ? (
          <Card title={w.chosen(chosen.size)} actions={chosen.size > 0 && <button type="button" class="quiet" onClick={() => setChosen(new Set())}>{w.clear}</button>}>
            <p>{chosen.size ? seatRanges(chosen) : w.hint}</p>
            <ByNumber button={w.select} count={date.seatsTotal} onSeats={(seats) => setChosen(new Set([...chosen, ...seats]))} />
            {chosen.size > 0 && <SeatActs date={date} seats={[...chosen].sort((a, b) => a - b)} onDone={done} />}
          </Card>
        ) : seat !== null ? (
          <SeatPanel key={seat} date={date.date} seat={seat} name={layout && seat <= layout.count ? layout.nameOf(seat) : undefined} onChange={read.reread} />
        ) : (
          <Card><p>{w.hint}</p>{reads && <ByNumber button={w.one} count={date.seatsTotal} onSeats={([one]) => look(one!)} />}</Card>
        )}
      </div>
    </div>
  );
}

export function SeatsTab(props: { date: string | null; seat: string | null }) {
  const { concert } = useConcert();
  const date = concert.dates.find((one) => one.date === props.date) ?? concert.dates[0];
  const seat = Number(props.seat);
  if (!date) return <p>{words.nothing}</p>;
  return (
    <>
      {concert.dates.length > 1 && (
        <div class="pick"><SelectField
          label={w.date} value={date.date} onValue={(value) => go(["concerts", concert.concertId, "seats"], { date: value })}
          options={concert.dates.map((one) => ({ value: one.date, label: formatShowing(one.date) + (one.cancelled ? ` (${words.live.cancelled})` : "") }))}
        /></div>
      )}
      {concert.dates.length === 1 && <p class="soft">{formatShowing(date.date)}</p>}
      <DateSeats key={date.date} date={date} seat={Number.isInteger(seat) && seat >= 1 && seat <= date.seatsTotal ? seat : null} />
    </>
  );
}
