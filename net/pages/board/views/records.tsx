// What the box office sees of one payment, one hold and one user, and what it may do with them.
import { useState } from "preact/hooks";
import type { HoldRecord, PaymentRecord, VisitorRecord } from "../../client/src/operator";
import { useConcert } from "../concert_context";
import { formatMoment, formatMoney, formatNumber, formatShowing, seatRanges } from "../format";
import { ActButton } from "../parts/act_button";
import { Facts } from "../parts/blocks";
import { TicketsDialog, type TicketToPrint } from "../parts/tickets_dialog";
import { hrefOf } from "../route";
import { useSession } from "../session";
import { words } from "../words";

const w = words.record;

export const stateText = (state: string): string => w.state[state] ?? state;

/** A link to what the user has in this concert. */
export function UserLink({ user }: { user: string | null }) {
  const { concert } = useConcert();
  if (!user) return <>{words.find.nobody}</>;
  return <a class="id" href={hrefOf(["concerts", concert.concertId, "find"], { user })}>{user}</a>;
}

export function SeatLinks({ date, seats }: { date: string; seats: number[] }) {
  const { concert } = useConcert();
  return (
    <>
      {seats.map((seat, at) => (
        <span key={seat}>{at > 0 && ", "}<a href={hrefOf(["concerts", concert.concertId, "seats"], { date, seat })}>{seat}</a></span>
      ))}
    </>
  );
}

const seatText = (seats: number[]): string => w.seatList(seatRanges(seats), seats.length);

/** All seats that are left, or those that are ticked. */
function RefundActs({ payment, onChange }: { payment: PaymentRecord; onChange: () => void }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const [ticked, setTicked] = useState<number[]>([]);
  const refunded = new Set(payment.refundedSeats ?? []);
  const left = payment.seats.filter((seat) => !refunded.has(seat));
  if (payment.state !== "completed") return null;
  if (!left.length) return <p class="soft">{w.nothingLeft}</p>;
  const some = ticked.filter((seat) => left.includes(seat));
  const leftAmount = formatMoney(payment.amount - (payment.refundedAmount ?? 0), payment.currency);
  const act = (seats: number[] | undefined) => ({
    of: ["refund", payment.paymentId, seats],
    kind: "danger" as const,
    title: w.refundTitle,
    onDone: () => { setTicked([]); onChange(); },
    send: async (attempt: { key: string }) => {
      const done = await client.refund(concert.concertId, payment.paymentId, seats, attempt);
      return w.refundDone(formatMoney(done.amount, done.currency));
    },
  });
  return (
    <div class="refunds">
      {left.length > 1 && (
        <fieldset class="ticks">
          <legend>{w.chooseSeats}</legend>
          {left.map((seat) => (
            <label key={seat} class="tick">
              <input
                type="checkbox"
                checked={ticked.includes(seat)}
                onChange={(event) => setTicked(event.currentTarget.checked ? [...ticked, seat] : ticked.filter((other) => other !== seat))}
              />
              <span>{seat}</span>
            </label>
          ))}
        </fieldset>
      )}
      <div class="row">
        {left.length > 1 && (
          <ActButton
            {...act(some)} label={w.refundSome} disabled={!some.length || some.length === left.length}
            question={<p>{w.refundTextSome(seatText(some))}</p>} typed={String(some.length)}
          />
        )}
        <ActButton {...act(undefined)} label={w.refundAll} question={<p>{w.refundText(seatText(left), leftAmount)}</p>} typed={String(left.length)} />
      </div>
    </div>
  );
}

export function PaymentPanel({ payment, onChange }: { payment: PaymentRecord; onChange: () => void }) {
  const { may } = useSession();
  return (
    <article class="record">
      <h3>{w.payment(payment.paymentId)} <span class={"pill state-" + payment.state}>{stateText(payment.state)}</span></h3>
      <Facts
        facts={[
          [words.seats.date, formatShowing(payment.date)],
          [w.seats, <SeatLinks date={payment.date} seats={payment.seats} />],
          [w.amount, formatMoney(payment.amount, payment.currency)],
          [w.user, <UserLink user={payment.userId} />],
          [w.number, payment.number === null ? "" : formatNumber(payment.number)],
          [w.paidBy, payment.paidBy ? words.find.boxOffice : w.wallet],
          [w.paidAt, payment.paidAt ? formatMoment(payment.paidAt) : ""],
          [w.refunded, payment.refundedAmount !== undefined
            ? `${formatMoney(payment.refundedAmount, payment.currency)} (${seatText(payment.refundedSeats ?? [])})${payment.refundedAt ? ", " + formatMoment(payment.refundedAt) : ""}`
            : payment.refundedAt ? formatMoment(payment.refundedAt) : ""],
        ]}
      />
      {may("box-office") && <RefundActs key={(payment.refundedSeats ?? []).join()} payment={payment} onChange={onChange} />}
    </article>
  );
}

export function HoldPanel({ hold, onChange }: { hold: HoldRecord; onChange: () => void }) {
  const { client, may } = useSession();
  const { concert } = useConcert();
  return (
    <article class="record">
      <h3>{w.hold(hold.holdId)} <span class={"pill state-" + hold.state}>{stateText(hold.state ?? "")}</span></h3>
      <Facts
        facts={[
          [words.seats.date, formatShowing(hold.date)],
          [w.seats, <SeatLinks date={hold.date} seats={hold.seats} />],
          [w.amount, formatMoney(hold.amount, hold.currency)],
          [w.user, <UserLink user={hold.userId} />],
          [w.number, hold.number === null ? "" : formatNumber(hold.number)],
          [w.expires, hold.state === "held" || hold.state === "paying" ? formatMoment(hold.expiresAt) : ""],
        ]}
      />
      {may("box-office") && hold.state === "held" && (
        <ActButton
          label={w.release} kind="danger" of={["release", hold.holdId]}
          question={<p>{w.releaseText(seatText(hold.seats))}</p>} typed={String(hold.seats.length)} onDone={onChange}
          send={async (attempt) => { await client.releaseHold(concert.concertId, hold.holdId, attempt); return w.releaseDone; }}
        />
      )}
    </article>
  );
}

// The codes of a user's valid tickets in this concert, for a fan who has lost them.
function UserTickets({ user }: { user: string }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const [tickets, setTickets] = useState<TicketToPrint[] | null>(null);
  const read = async () => {
    const mine = await client.listTickets(user);
    setTickets(mine.filter(({ concertId }) => concertId === concert.concertId));
  };
  return (
    <>
      <ActButton label={words.door.tickets} of={["tickets", user]} send={read} />
      {tickets && <TicketsDialog title={words.door.tickets} name={`tickets-${user}`} tickets={tickets} onClose={() => setTickets(null)} />}
    </>
  );
}

export function VisitorPanel({ visitor, onChange }: { visitor: VisitorRecord; onChange: () => void }) {
  const { client, may, covers } = useSession();
  const { concert } = useConcert();
  const { place } = visitor;
  const lives = place !== null && (place.state === "waiting" || place.state === "active");
  return (
    <article class="record">
      <h3>{w.user} <span class="id">{visitor.userId}</span></h3>
      <Facts
        facts={[
          [w.place, place ? stateText(place.state) : w.noPlace],
          [w.number, place ? formatNumber(place.number) : ""],
          [w.position, place?.position ? formatNumber(place.position) : ""],
          [w.expires, place?.expiresAt ? formatMoment(place.expiresAt) : ""],
          [w.seats, w.has(visitor.seatsHeld, visitor.seatsPaid)],
          ...visitor.waitlist.map((entry) => [
            w.waitlist, w.waits(formatShowing(entry.date), entry.section ?? "", entry.quantity, entry.position, entry.waiting),
          ] as [string, string]),
        ]}
      />
      <div class="row">
        {covers() && <a class="button" href={hrefOf(["wallets"], { user: visitor.userId })}>{words.nav.wallets}</a>}
        {may("box-office") && covers() && visitor.seatsPaid > 0 && <UserTickets user={visitor.userId} />}
        {may("box-office") && lives && (
          <ActButton
            label={w.endToken} kind="danger" of={["end", place.number]}
            question={<p>{w.endTokenText(visitor.userId)}</p>} typed={String(place.number)} onDone={onChange}
            send={async (attempt) => { await client.endToken(concert.concertId, place.number, attempt); return w.endTokenDone; }}
          />
        )}
      </div>
      {visitor.holds.filter(({ state }) => state !== "paid" && state !== "refunded").map((hold) => <HoldPanel key={hold.holdId} hold={hold} onChange={onChange} />)}
      {visitor.payments.map((payment) => <PaymentPanel key={payment.paymentId} payment={payment} onChange={onChange} />)}
      {!visitor.complete && <p class="soft">{words.seats.incomplete}</p>}
    </article>
  );
}
