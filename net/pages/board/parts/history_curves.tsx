// The curves of a concert, and of the instance that responds.
import type { ConcertHistory, LoadHistory } from "../../client/src/operator";
import { formatRough } from "../format";
import { useSession } from "../session";
import { words } from "../words";
import { Curve, type Values } from "./curve";
import { usePolled } from "./polled";

const w = words.curve;
const everyMs = 5000;
const smoothedSteps = 6;

// The mean of the last steps in another unit of time: single steps of small counts jump.
function rate(values: Values, stepSeconds: number, seconds: number): Values {
  return values.map((value, at) => {
    if (value === null) return null;
    const last = values.slice(Math.max(at - smoothedSteps + 1, 0), at + 1).filter((one): one is number => one !== null);
    return (last.reduce((sum, one) => sum + one, 0) * seconds) / (stepSeconds * last.length);
  });
}

/** The curves of a concert; nothing where the key may not read them. */
export function ConcertCurves({ concert, title }: { concert: number; title: string }) {
  const { client, may } = useSession();
  const reads = may("read", "operate");
  const history = usePolled(reads ? everyMs : 0, `history-${concert}`, async (signal): Promise<ConcertHistory | null> => {
    if (!reads) return null;
    return client.readHistory(concert, signal);
  });
  if (!reads || history.value === undefined) return null;
  if (!history.value?.until) return <p class="soft">{words.live.noHistory}</p>;
  const { until, stepSeconds, waiting, active, held, admittedPerMinute, soldPerMinute } = history.value;
  const at = { until, stepSeconds };
  return (
    <section>
      <h2>{title}</h2>
      <div class="curves pairs">
        <Curve {...at} title={w.line} series={[{ name: w.waiting, values: waiting }, { name: w.active, values: active }]} />
        <Curve {...at} title={w.admissions} series={[{ name: w.perMinute, values: admittedPerMinute }]} />
        <Curve {...at} title={w.holds} series={[{ name: w.held, values: held }]} />
        <Curve {...at} title={w.sales} series={[{ name: w.soldPerMinute, values: soldPerMinute }]} />
      </div>
    </section>
  );
}

const milliseconds = (value: number): string => `${formatRough(value)} ms`;
const fromMicroseconds = (values: Values): Values => values.map((value) => (value === null ? null : value / 1000));

/** Response times, requests and errors; nothing where the key may not read them. */
export function LoadCurves() {
  const { client, may, covers } = useSession();
  const reads = may("read", "operate") && covers();
  const load = usePolled(reads ? everyMs : 0, "load", async (signal): Promise<LoadHistory | null> => (reads ? client.readLoad(signal) : null));
  if (!load.value?.until) return null;
  const { until, stepSeconds, requests, errors, p50Us, p99Us } = load.value;
  const at = { until, stepSeconds };
  return (
    <section>
      <h2>{words.concerts.instance}</h2>
      <div class="curves">
        <Curve {...at} title={w.latency} format={milliseconds} series={[{ name: w.p99, values: fromMicroseconds(p99Us) }, { name: w.median, values: fromMicroseconds(p50Us) }]} />
        <Curve {...at} title={w.requests} series={[{ name: w.perSecond, values: rate(requests, stepSeconds, 1) }]} />
        <Curve {...at} title={w.errors} series={[{ name: w.errorsPerMinute, values: rate(errors, stepSeconds, 60) }]} />
      </div>
    </section>
  );
}
