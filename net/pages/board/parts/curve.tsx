// A curve of the last hour: drawn as SVG, with a table of the same figures for those who do not see it.
import { useRef, useState } from "preact/hooks";
import { formatClock, formatRough } from "../format";
import { words } from "../words";

/** Oldest first, one for each step; null in a gap. */
export type Values = readonly (number | null)[];

export interface Series {
  name: string;
  values: Values;
}

interface CurveProps {
  title: string;
  unit?: string;
  series: Series[];
  until: string;
  stepSeconds: number;
  format?: (value: number) => string;
}

const width = 600, height = 150;
const tableSteps = 12;

// The next of 1, 2, 5, 10, 20, 50 ...
function niceTop(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= value)!;
}

// Parts of the curve between its gaps, as places of the first and the last value.
function partsOf(values: Values): [number, number][] {
  const parts: [number, number][] = [];
  values.forEach((value, at) => {
    const last = parts[parts.length - 1];
    if (value === null) return;
    if (last && last[1] === at - 1) last[1] = at;
    else parts.push([at, at]);
  });
  return parts;
}

const acrossOf = (at: number, count: number): string => ((at * width) / Math.max(count - 1, 1)).toFixed(1);

function lineOf(values: Values, top: number, [first, last]: [number, number]): string {
  const points: string[] = [];
  for (let at = first; at <= last; ++at) points.push(`${acrossOf(at, values.length)},${(height - (values[at]! / top) * height).toFixed(1)}`);
  // A single value is a dot.
  return `M${points.join("L")}${first === last ? "h.1" : ""}`;
}

const lineOfAll = (values: Values, top: number): string => partsOf(values).map((part) => lineOf(values, top, part)).join("");

const areaOfAll = (values: Values, top: number): string =>
  partsOf(values)
    .map((part) => `${lineOf(values, top, part)}L${acrossOf(part[1], values.length)},${height}L${acrossOf(part[0], values.length)},${height}Z`)
    .join("");

const highest = (values: Values): number => values.reduce<number>((most, value) => (value !== null && value > most ? value : most), 0);

const shownValue = (value: number | null | undefined, format: (value: number) => string): string =>
  (value === null || value === undefined ? "–" : format(value));

function CurveTable(props: CurveProps & { format: (value: number) => string }) {
  const count = props.series[0]!.values.length;
  const each = Math.max(Math.floor(count / tableSteps), 1);
  const rows: number[] = [];
  for (let at = count - 1; at >= 0 && rows.length < tableSteps; at -= each) rows.push(at);
  return (
    <details class="curve-table">
      <summary>{words.asTable}<span class="unseen"> {props.title}</span></summary>
      <table>
        <caption class="unseen">{props.title}</caption>
        <thead><tr><th scope="col">{words.curve.time}</th>{props.series.map(({ name }) => <th key={name} scope="col" class="number">{name}</th>)}</tr></thead>
        <tbody>
          {rows.map((at) => (
            <tr key={at}>
              <th scope="row">{formatClock(timeOf(props, at))}</th>
              {props.series.map(({ name, values }) => <td key={name} class="number">{shownValue(values[at], props.format)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function timeOf(props: CurveProps, at: number): Date {
  const count = props.series[0]!.values.length;
  return new Date(Date.parse(props.until) - (count - 1 - at) * props.stepSeconds * 1000);
}

export function Curve(given: CurveProps) {
  const props = { ...given, format: given.format ?? formatRough };
  const [at, setAt] = useState<number | null>(null);
  const plot = useRef<SVGSVGElement>(null);
  const count = props.series[0]?.values.length ?? 0;
  if (!count) return null;
  const top = niceTop(highest(props.series.map(({ values }) => highest(values))));
  const shown = at === null ? count - 1 : Math.min(at, count - 1);
  const summary = props.series
    .map(({ name, values }) => words.curve.summary(name, shownValue(values[count - 1], props.format), props.format(highest(values))))
    .join("; ");
  const point = (event: PointerEvent) => {
    const box = plot.current!.getBoundingClientRect();
    setAt(Math.round(Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * (count - 1)));
  };
  return (
    <figure class="curve">
      <figcaption>
        <h3>{props.title}</h3>
        <p class="curve-values">
          {props.series.map(({ name, values }, nth) => (
            <span key={name} class={"series-" + nth}><b>{shownValue(values[shown], props.format)}</b> {name}</span>
          ))}
        </p>
      </figcaption>
      <div class="plot">
        <svg
          ref={plot}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${props.title}. ${summary}`}
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
        >
          {[0, 0.5, 1].map((part) => <line key={part} class="grid" x1={0} x2={width} y1={height * part} y2={height * part} />)}
          {props.series[0] && <path class="area" d={areaOfAll(props.series[0].values, top)} />}
          {props.series.map(({ name, values }, nth) => <path key={name} class={"line series-" + nth} d={lineOfAll(values, top)} />)}
          {at !== null && <line class="cursor" x1={(shown * width) / Math.max(count - 1, 1)} x2={(shown * width) / Math.max(count - 1, 1)} y1={0} y2={height} />}
        </svg>
        <span class="plot-top" aria-hidden="true">{props.format(top)}</span>
      </div>
      <p class="plot-times" aria-hidden="true">
        <span>{formatClock(timeOf(props, 0))}</span>
        <span>{at === null ? words.curve.now : formatClock(timeOf(props, shown))}</span>
      </p>
      <CurveTable {...props} />
    </figure>
  );
}
