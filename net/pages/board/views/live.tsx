// How the sale goes now and went in the last hour.
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { formatMoney, formatNumber, formatShowing } from "../format";
import { Card, Figure, Table } from "../parts/blocks";
import { ConcertCurves } from "../parts/history_curves";
import { hrefOf } from "../route";
import { words } from "../words";

const w = words.live;

function Figures() {
  const { concert } = useConcert();
  const sum = (of: (date: ShowingOfConcert) => number) => concert.dates.reduce((total, date) => total + of(date), 0);
  const seats = sum(({ seatsTotal }) => seatsTotal);
  return (
    <dl class="figures" aria-live="off">
      <Figure label={w.waiting} value={formatNumber(concert.waiting)} />
      <Figure label={w.active} value={formatNumber(concert.active)} note={w.activeOf(concert.queue.maxActive)} />
      <Figure label={w.admitted} value={formatNumber(concert.rates.admittedPerMinute)} />
      <Figure label={w.sold} value={formatNumber(concert.rates.soldPerMinute)} />
      <Figure label={w.held} value={formatNumber(sum(({ held }) => held))} />
      <Figure label={w.seatsSold} value={formatNumber(sum(({ sold }) => sold))} note={w.ofSeats(seats)} />
      <Figure label={w.joined} value={formatNumber(concert.joined)} />
      <Figure label={w.revenue} value={formatMoney(concert.revenue, concert.currency)} note={w.payments(concert.payments, concert.refunds)} />
    </dl>
  );
}

function Meter({ date }: { date: ShowingOfConcert }) {
  const total = Math.max(date.seatsTotal, 1);
  const part = (count: number) => (count * 100) / total;
  return (
    <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={w.takenOf(date.sold, date.held, date.seatsTotal)}>
      <rect class="rest" width={100} height={4} />
      <rect class="sold" width={part(date.sold)} height={4} />
      <rect class="held" x={part(date.sold)} width={part(date.held)} height={4} />
      <rect class="blocked" x={100 - part(date.blocked)} width={part(date.blocked)} height={4} />
    </svg>
  );
}

function Dates() {
  const { concert } = useConcert();
  const t = w.table;
  return (
    <Table<ShowingOfConcert>
      caption={words.dates.title}
      rows={concert.dates}
      of={({ date }) => date}
      columns={[
        {
          title: t.date,
          cell: (date) => (
            <>
              <a href={hrefOf(["concerts", concert.concertId, "seats"], { date: date.date })}>{formatShowing(date.date)}</a>
              {date.cancelled && <span class="pill closed">{w.cancelled}</span>}
              <Meter date={date} />
            </>
          ),
        },
        { title: t.sold, number: true, cell: ({ sold }) => formatNumber(sold) },
        { title: t.held, number: true, cell: ({ held }) => formatNumber(held) },
        { title: t.free, number: true, cell: ({ free }) => formatNumber(free) },
        { title: t.blocked, number: true, cell: ({ blocked }) => formatNumber(blocked) },
        { title: t.total, number: true, cell: ({ seatsTotal }) => formatNumber(seatsTotal) },
      ]}
    />
  );
}

function Shuffle() {
  const { concert } = useConcert();
  if (!concert.shuffle) return null;
  const pending = concert.shuffle === "pending";
  return (
    <Card title={w.shuffle}>
      <p>{pending ? w.shufflePending : w.shuffleDone(concert.shuffledCount ?? 0)}</p>
      <p><code>{pending ? concert.seedCommitment : concert.seed}</code></p>
    </Card>
  );
}

export function LiveTab() {
  const { concert } = useConcert();
  return (
    <>
      <Figures />
      <ConcertCurves concert={concert.concertId} title={w.curves} />
      <Card><Dates /></Card>
      <Shuffle />
    </>
  );
}
