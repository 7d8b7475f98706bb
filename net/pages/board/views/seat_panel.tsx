// One seat: who has it now, who had it, and what operators did with it.
import type { SeatName } from "../../shared/seat_layout";
import { useConcert } from "../concert_context";
import { formatExactMoment, formatMoney } from "../format";
import { Card, Facts } from "../parts/blocks";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { seatsOfNote } from "../seats/seats_of_note";
import { useSession } from "../session";
import { words } from "../words";
import { nameOfAct } from "./audit";
import { HoldPanel, PaymentPanel } from "./records";
import { SeatActs } from "./seat_acts";
import { useConcertDate } from "../concert_context";

const w = words.seats;

export function SeatPanel(props: { date: string; seat: number; name: SeatName | undefined; onChange: () => void }) {
  const { client, may } = useSession();
  const { concert } = useConcert();
  const { date, seat, name } = props;
  const showing = useConcertDate(date);
  const read = usePolled(4000, `seat-${date}-${seat}`, (signal) => client.readSeat(concert.concertId, date, seat, signal));
  const record = read.value;
  const changed = () => { read.refresh(); props.onChange(); };
  const acts = record?.acts.filter((act) => act.seat === seat || act.seat === undefined && seatsOfNote(act.note ?? "").includes(seat)) ?? [];
  return (
    <Card title={w.seat(seat)} class="seat-panel">
      <StaleNote problem={read.problem} hasValue={record !== undefined} />
      {record && (
        <>
          <p><span class={"pill seat-" + record.state}>{w.state[record.state]}</span></p>
          <Facts
            facts={[
              [w.section, record.section],
              [w.placeName, name?.row ? w.place(name.row, name.seat) : ""],
              [words.create.category, name && name.category !== record.section ? name.category : ""],
              [w.price, formatMoney(record.price, record.currency)],
            ]}
          />
          {record.hold && record.hold.state !== "paid" && record.hold.state !== "refunded" && <HoldPanel hold={record.hold} onChange={changed} />}
          {may("operate", "box-office") && showing && (record.state === "free" || record.state === "blocked") && (
            <SeatActs date={showing} seats={[seat]} onDone={changed} only={record.state} />
          )}
          <h3>{w.payments}</h3>
          {record.payments.length ? record.payments.map((payment) => <PaymentPanel key={payment.paymentId} payment={payment} onChange={changed} />) : <p class="soft">{w.noPayments}</p>}
          {!record.complete && <p class="soft">{w.incomplete}</p>}
          <h3>{w.history}</h3>
          {acts.length ? (
            <ol class="acts">
              {acts.map((act) => (
                <li key={act.id}><b>{nameOfAct(act)}</b> <span class="soft">{formatExactMoment(act.at)}, {act.key}</span>{act.note && <p>{act.note}</p>}</li>
              ))}
            </ol>
          ) : <p class="soft">{w.noHistory}</p>}
        </>
      )}
    </Card>
  );
}
