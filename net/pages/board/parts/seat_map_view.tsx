// The shared seat map as a component: seats coloured by who has them, or by their category.
import { useEffect, useRef } from "preact/hooks";
import { SeatMap, type SeatLayout, type SeatStyle } from "../../shared/seat_map";
import { formatNumber } from "../format";
import { seatStates, type SeatStates } from "../seats/seat_states";
import { words } from "../words";

const w = words.map;
const categoryCount = 6;

const stateStyles: SeatStyle[] = seatStates.map((state) => ({
  fill: `--state-${state}`,
  text: `--on-${state}`,
  ...(state === "free" ? { free: true } : {}),
}));
const chosenStyles: SeatStyle[] = seatStates.map((state) => ({ fill: "--accent", text: "--on-accent", mark: "check", free: state === "free" }));
const areaStyle: SeatStyle = { fill: "--state-area", text: "--text", free: true };
const categoryStyles: SeatStyle[] = Array.from({ length: categoryCount }, (_, at) => ({ fill: `--category-${at}`, text: "--on-category", free: true }));
const areaState = 2 * seatStates.length;
const styles: SeatStyle[] = [...stateStyles, ...chosenStyles, areaStyle, ...categoryStyles];

interface SeatMapViewProps {
  layout: SeatLayout;
  states: SeatStates;
  chosen: ReadonlySet<number>;
  byCategory?: boolean;
  /** A seat to move into view. */
  focus: number | null;
  onSeat?: (seat: number) => void;
}

/** The number of each section's seats in a state. */
function countIn(layout: SeatLayout, section: number, states: SeatStates, state: number): number {
  const { first, count } = layout.sections[section]!;
  let sum = 0;
  for (let at = first - 1; at < first - 1 + count; ++at) if (states[at] === state) ++sum;
  return sum;
}

function drawnStates({ layout, states, chosen, byCategory }: SeatMapViewProps): Uint8Array {
  const drawn = new Uint8Array(layout.count);
  for (let at = 0; at < layout.count; ++at) {
    if (byCategory) drawn[at] = areaState + 1 + (layout.categoryOf[at]! % categoryCount);
    else drawn[at] = (states[at] ?? 0) + (chosen.has(at + 1) ? seatStates.length : 0);
  }
  // An area shows the state of its first seat, which says nothing of the others.
  if (!byCategory) for (const { general, first } of layout.sections) if (general) drawn[first - 1] = areaState;
  return drawn;
}

function describe(props: SeatMapViewProps, seat: number): string {
  const { layout, states, byCategory } = props;
  const name = layout.nameOf(seat);
  const section = layout.sectionOf[seat - 1]!;
  if (layout.sections[section]!.general) return w.area(name.section, areaText(props, section));
  const place = name.row ? words.seats.place(name.row, name.seat) : "";
  return w.seat([name.section, words.seats.seat(seat), place, byCategory ? name.category : words.seats.state[seatStates[states[seat - 1] ?? 0]!]]);
}

function areaText({ layout, states, byCategory }: SeatMapViewProps, section: number): string {
  const { count } = layout.sections[section]!;
  if (byCategory) return words.seatCount(count);
  return w.areaCounts(formatNumber(countIn(layout, section, states, 2)), formatNumber(countIn(layout, section, states, 0)), formatNumber(count));
}

// The next free seat of an area that is not chosen yet.
function seatMeant({ layout, states, chosen }: SeatMapViewProps, seat: number): number {
  const { general, first, count } = layout.sections[layout.sectionOf[seat - 1]!]!;
  if (!general) return seat;
  for (let one = first; one < first + count; ++one) if (states[one - 1] === 0 && !chosen.has(one)) return one;
  return seat;
}

export function SeatMapView(props: SeatMapViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const map = useRef<SeatMap | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const made = new SeatMap(host.current!, {
      layout: props.layout,
      styles,
      words: w,
      describe: (seat) => describe(latest.current, seat),
      areaText: (section) => areaText(latest.current, section),
      isPressed: (seat) => latest.current.chosen.has(seat),
      onActivate: (seat) => latest.current.onSeat?.(seatMeant(latest.current, seat)),
    });
    map.current = made;
    made.setStates(drawnStates(latest.current));
    return () => { made.destroy(); map.current = null; };
  }, [props.layout]);
  useEffect(() => {
    map.current?.setStates(drawnStates(props));
    map.current?.refresh();
  }, [props.states, props.chosen, props.layout]);
  useEffect(() => {
    if (props.focus !== null && props.focus <= props.layout.count) map.current?.show(props.focus);
  }, [props.focus, props.layout]);
  return <div class="map-host" ref={host} />;
}
