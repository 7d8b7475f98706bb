// After a payment: what was bought, and the way to the tickets.
import type { Concert, Payment } from "@frontrow/client";
import { useEffect } from "preact/hooks";
import { Button, Heading } from "../parts/basics";
import { keepTickets } from "../parts/ticket_notes";
import { paths } from "../route";
import { formats, words } from "../words";
import { seatText, useSeating } from "./seating";

interface BoughtProps {
  concert: Concert;
  payment: Payment;
  /** The visit goes on. */
  stays: boolean;
  onMore: () => void;
}

export function BoughtView({ concert, payment, stays, onMore }: BoughtProps) {
  const seating = useSeating(concert, payment.date);
  useEffect(() => void keepTickets(), [payment.paymentId]);
  return (
    <div class="narrow">
      <p class="crumb">{concert.title}</p>
      <Heading>{words.bought.title}</Heading>
      <section class="card bought">
        <p class="when">{formats.showing(payment.date)}</p>
        <ul class="seats" aria-label={words.hold.seats}>
          {payment.seats.map((seat) => <li key={seat}><span>{seating ? seatText(seating, seat) : `${words.seat} ${seat}`}</span></li>)}
          <li class="total"><span>{words.hold.total}</span><span>{formats.money(payment.amount, payment.currency)}</span></li>
        </ul>
        <p>{words.bought.text}</p>
        <div class="row">
          <a class="button main" href={paths.tickets}>{words.bought.tickets}</a>
          {stays && <Button onClick={onMore}>{words.bought.more}</Button>}
        </div>
      </section>
    </div>
  );
}
