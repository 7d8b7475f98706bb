// The curves of a concert, or of the instance that responds.
import type { History } from "../../client/src/operator";
import { formatRough } from "../format";
import { words } from "../words";
import { useSession } from "../session";
import { Curve } from "./curve";
import { usePolled, type Polled } from "./polled";

const w = words.curve;
const smoothedSteps = 6;

// The sum of the last steps, scaled to a minute or a second: single steps of small counts jump.
function rate(values: number[], stepSeconds: number, seconds: number): number[] {
  let sum = 0;
  return values.map((value, at) => {
    sum += value - (at >= smoothedSteps ? values[at - smoothedSteps]! : 0);
    return (sum * seconds) / (stepSeconds * Math.min(at + 1, smoothedSteps));
  });
}

/** The curves of a concert, or of the instance; null where the key may not read them. */
export function useHistory(concert?: number): Polled<History | null> {
  const { client, may, covers } = useSession();
  const reads = may("read", "operate") && covers(concert);
  return usePolled(reads ? 5000 : 0, `history-${concert ?? ""}`, async (signal) => (reads ? client.readHistory(concert, signal) : null));
}

export function ConcertCurves({ history }: { history: History }) {
  const concert = history.concert;
  if (!concert) return null;
  const at = { until: history.until, stepSeconds: history.stepSeconds };
  return (
    <div class="curves pairs">
      <Curve {...at} title={w.line} series={[{ name: w.waiting, values: concert.waiting }, { name: w.active, values: concert.active }]} />
      <Curve {...at} title={w.admissions} series={[{ name: w.perMinute, values: rate(concert.admitted, at.stepSeconds, 60) }]} />
      <Curve {...at} title={w.holds} series={[{ name: w.held, values: concert.held }]} />
      <Curve {...at} title={w.sales} series={[{ name: w.soldPerMinute, values: rate(concert.sold, at.stepSeconds, 60) }]} />
    </div>
  );
}

export function InstanceCurves({ history }: { history: History }) {
  const { requests, errors, p50Ms, p99Ms } = history.instance;
  const at = { until: history.until, stepSeconds: history.stepSeconds };
  const milliseconds = (value: number) => `${formatRough(value)} ms`;
  return (
    <div class="curves">
      <Curve {...at} title={w.latency} format={milliseconds} series={[{ name: w.p99, values: p99Ms }, { name: w.median, values: p50Ms }]} />
      <Curve {...at} title={w.requests} series={[{ name: w.perSecond, values: rate(requests, at.stepSeconds, 1) }]} />
      <Curve {...at} title={w.errors} series={[{ name: w.errorsPerMinute, values: rate(errors, at.stepSeconds, 60) }]} />
    </div>
  );
}
