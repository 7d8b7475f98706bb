// The seat map in the shop: free seats in the colour of their price, one's own and the chosen ones.
import type { SeatFeedState } from "@frontrow/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { SeatMap, type SeatStyle } from "../../shared/seat_map";
import { formats, words } from "../words";
import { runOf, seatText, type Run, type Seating } from "./seating";

const colours = 6;
const taken = 0, mine = 1, chosenState = 2, firstFree = 3;
const styles: SeatStyle[] = [
  { fill: "--seat-taken", text: "--soft", small: true },
  { fill: "--text", text: "--ground", mark: "check" },
  { fill: "--seat-mine", text: "--on-seat-mine", mark: "check", free: true },
  ...Array.from({ length: colours }, (_, at) => ({ fill: `--seat-${at}`, text: "--on-seat", free: true })),
];

interface PickerProps {
  seating: Seating;
  currency: string;
  feed: SeatFeedState;
  held: ReadonlySet<number>;
  chosen: ReadonlySet<number>;
  onSeat: (seat: number) => void;
  onArea: (run: Run) => void;
}

function categories(seating: Seating): string[] {
  return [...new Set(seating.runs.map(({ category }) => category))];
}

export function leftIn(feed: SeatFeedState, { first, last }: Run): number {
  let left = 0;
  for (let at = first - 1; at < last; ++at) left += feed.free[at] ?? 0;
  return left;
}

function statesOf({ seating, feed, held, chosen }: PickerProps): Uint8Array {
  const { layout, runs } = seating, names = categories(seating);
  const states = new Uint8Array(layout.count);
  for (const run of runs) {
    const free = firstFree + (names.indexOf(run.category) % colours);
    for (let at = run.first - 1; at < run.last && at < states.length; ++at) states[at] = feed.free[at] ? free : taken;
    if (run.general && leftIn(feed, run)) states[run.first - 1] = free;
  }
  for (const seat of held) states[seat - 1] = mine;
  for (const seat of chosen) states[seat - 1] = chosenState;
  return states;
}

function describe({ seating, currency, feed, held, chosen }: PickerProps, seat: number): string {
  const run = runOf(seating, seat), price = run ? formats.money(run.price, currency) : "";
  if (run?.general) {
    const left = leftIn(feed, run);
    return words.shop.area(run.name, price, left ? words.shop.areaLeft(left, formats.number(left)) : words.left.soldOut);
  }
  const state = held.has(seat) ? words.shop.mine : chosen.has(seat) ? words.shop.chosenState
    : feed.free[seat - 1] ? words.shop.free : words.shop.notFree;
  const { category, accessible } = seating.layout.nameOf(seat);
  const named = run && run.category !== run.name ? category : "";
  return [seatText(seating, seat), named, accessible ? words.shop.accessible : "", price, state].filter(Boolean).join(", ");
}

export function SeatPicker(props: PickerProps) {
  const { seating, feed, held, chosen } = props;
  const host = useRef<HTMLDivElement>(null), map = useRef<SeatMap | null>(null), latest = useRef(props);
  const [pointed, setPointed] = useState(0);
  latest.current = props;
  useEffect(() => {
    const { layout } = seating;
    const made = new SeatMap(host.current!, {
      layout,
      styles,
      words: {
        label: words.shop.map, help: words.shop.mapHelp, roleDescription: words.shop.mapRole, zoomIn: words.shop.zoomIn,
        zoomOut: words.shop.zoomOut, showAll: words.shop.showAll, stage: words.shop.stage,
      },
      describe: (seat) => describe(latest.current, seat),
      areaText: (section) => {
        const run = runOf(seating, layout.sections[section]!.first), left = run ? leftIn(latest.current.feed, run) : 0;
        return left ? words.shop.areaLeft(left, formats.number(left)) : words.left.soldOut;
      },
      isPressed: (seat) => latest.current.chosen.has(seat),
      onPoint: setPointed,
      onActivate: (seat) => {
        const run = runOf(seating, seat);
        if (run?.general) latest.current.onArea(run);
        else latest.current.onSeat(seat);
      },
    });
    map.current = made;
    made.setStates(statesOf(latest.current));
    return () => made.destroy();
  }, [seating]);
  useEffect(() => {
    map.current?.setStates(statesOf(props));
    map.current?.refresh();
  }, [seating, feed, held, chosen]);
  return (
    <div class="picker">
      <div class="map-host" ref={host} />
      <p class="pointed" aria-hidden="true">{pointed ? describe(props, pointed) : "\u00a0"}</p>
      <Legend {...props} />
    </div>
  );
}

function Legend({ seating, currency }: PickerProps) {
  const names = categories(seating);
  return (
    <ul class="legend" aria-label={words.shop.legend}>
      {names.map((name, at) => {
        const price = seating.runs.find(({ category }) => category === name)!.price;
        return <li key={name}><i class={`dot seat-${at % colours}`} />{name} <span class="soft">{formats.money(price, currency)}</span></li>;
      })}
      <li><i class="dot seat-none" />{words.shop.legendTaken}</li>
    </ul>
  );
}
