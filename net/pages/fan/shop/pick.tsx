// Choosing seats: on the map, or the best available ones.
import { Problem, type Concert, type Hold, type HoldRequest, type SeatFeedState, type Visit } from "@frontrow/client";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { ActProblem, Button, Loading } from "../parts/basics";
import { say, sayNothing, speak } from "../parts/speech";
import { client, useAct } from "../session";
import { formats, words } from "../words";
import { QuantityForm, type Wish } from "./quantity";
import { SeatPicker } from "./seat_picker";
import { runOf, seatText, useSeating, type Run, type Seating } from "./seating";
import { WaitlistForm } from "./waitlist";

interface PickProps {
  concert: Concert;
  visit: Visit;
  date: string;
  holds: Hold[];
  onHeld: (hold: Hold) => void;
  onWaitlist: () => void;
}

/** The free seats of a date, as they change. */
function useFeed(visit: Visit, date: string): SeatFeedState | null {
  const [, refresh] = useReducer((count: number) => count + 1, 0);
  const state = useRef<SeatFeedState | null>(null);
  useEffect(() => {
    state.current = null;
    const feed = client.watchSeats(visit, date, (now) => {
      state.current = { ...now };
      refresh(undefined);
    });
    return () => feed.stop();
  }, [visit, date]);
  return state.current;
}

export function Pick(props: PickProps) {
  const { concert, visit, date } = props;
  const seating = useSeating(concert, date), feed = useFeed(visit, date);
  if (feed?.ended && !feed.version) return <p class="card" role="alert">{words.problems[feed.ended]?.({}) ?? words.shop.ended}</p>;
  if (!seating || !feed || feed.free.length < seating.layout.count) return <Loading />;
  return <PickHere {...props} seating={seating} feed={feed} />;
}

function PickHere({ concert, visit, date, holds, onHeld, onWaitlist, seating, feed }: PickProps & { seating: Seating; feed: SeatFeedState }) {
  const onMap = useAct(), byQuantity = useAct();
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [wish, setWish] = useState<Wish>({ where: "", quantity: 2 });
  const [limit, setLimit] = useState(Infinity);
  const held = useMemo(() => new Set(holds.filter((hold) => hold.date === date).flatMap(({ seats }) => seats)), [holds, date]);
  const heldHere = holds.reduce((sum, { seats }) => sum + seats.length, 0);
  const max = Math.min(limit, Math.max(0, concert.maxSeatsPerUser - heldHere), 32);
  useEffect(() => setChosen(new Set()), [date]);
  useEffect(() => {
    const gone = [...chosen].filter((seat) => !feed.free[seat - 1]);
    if (!gone.length || onMap.busy) return;
    setChosen(new Set([...chosen].filter((seat) => feed.free[seat - 1])));
    if (gone.some((seat) => !held.has(seat))) say(words.shop.taken(formats.list(gone.map((seat) => seatText(seating, seat)))));
  }, [feed, chosen, onMap.busy]);

  const toggle = (seat: number) => {
    sayNothing();
    const next = new Set(chosen);
    if (next.delete(seat)) return setChosen(next);
    if (!feed.free[seat - 1]) return speak(words.shop.notFree);
    if (next.size >= max) return say(max ? words.shop.limit(max) : words.shop.noMore);
    setChosen(next.add(seat));
    speak(words.shop.chosen(next.size));
  };
  const hold = async (request: HoldRequest) => {
    try {
      onHeld(await visit.hold(request));
      setChosen(new Set());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { limit: most, held: had, unavailableSeats = [] } = error.body;
      if (error.slug === "limit-exceeded" && most !== undefined) setLimit(Math.max(0, most - (had ?? 0)));
      if (unavailableSeats.length) setChosen(new Set([...chosen].filter((seat) => !unavailableSeats.includes(seat))));
      throw error;
    }
  };
  const chooseArea = (run: Run) => {
    setWish({ ...wish, where: `s:${run.name}` });
    document.querySelector<HTMLElement>(".quantity .stepper button:last-of-type")?.focus();
  };
  return (
    <div class="pick">
      {feed.seatsAvailable === 0
        ? <WaitlistForm concert={concert} visit={visit} date={date} max={max} onJoined={onWaitlist} />
        : <QuantityForm seating={seating} feed={feed} currency={concert.currency} max={max} wish={wish} act={byQuantity} onWish={setWish}
            onHold={(request) => void byQuantity.run(() => hold(request))} />}
      <section class="map-card" aria-labelledby="map-title">
        <h2 id="map-title">{words.shop.map}</h2>
        <SeatPicker seating={seating} currency={concert.currency} feed={feed} held={held} chosen={chosen} onSeat={toggle} onArea={chooseArea} />
      </section>
      <ChosenBar seating={seating} currency={concert.currency} chosen={chosen} busy={onMap.busy} onRemove={toggle}
        onHold={() => void onMap.run(() => hold({ date, seats: [...chosen].sort((a, b) => a - b) } as HoldRequest))}>
        <ActProblem act={onMap} />
      </ChosenBar>
    </div>
  );
}

interface ChosenProps {
  seating: Seating;
  currency: string;
  chosen: ReadonlySet<number>;
  busy: boolean;
  onRemove: (seat: number) => void;
  onHold: () => void;
  children: preact.ComponentChildren;
}

function ChosenBar({ seating, currency, chosen, busy, onRemove, onHold, children }: ChosenProps) {
  const list = useRef<HTMLUListElement>(null);
  const seats = [...chosen].sort((a, b) => a - b);
  const price = seats.reduce((sum, seat) => sum + (runOf(seating, seat)?.price ?? 0), 0);
  const remove = (seat: number, at: number) => {
    onRemove(seat);
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll("button");
      (buttons?.[Math.min(at, buttons.length - 1)] ?? document.querySelector<HTMLElement>(".seat-map-surface"))?.focus();
    });
  };
  return (
    <section class={seats.length ? "bar full" : "bar"} aria-label={words.shop.chosen(seats.length)}>
      {!seats.length && <p class="soft">{words.shop.noneChosen}</p>}
      <ul ref={list} class="chips">
        {seats.map((seat, at) => (
          <li key={seat}>
            <button type="button" class="chip" aria-label={words.shop.remove(seatText(seating, seat))} onClick={() => remove(seat, at)}>
              {seatText(seating, seat)} <span aria-hidden="true">{"\u2715"}</span>
            </button>
          </li>
        ))}
      </ul>
      {children}
      {seats.length > 0 && <Button kind="main" busy={busy} onClick={onHold}>{words.shop.hold(formats.money(price, currency))}</Button>}
    </section>
  );
}
