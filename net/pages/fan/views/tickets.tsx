// The fan's tickets with their codes for the gate. They are shown from what the browser keeps, then read anew.
import type { KeptTicket, Payment } from "@frontrow/client";
import { useEffect, useState } from "preact/hooks";
import { Button, Heading } from "../parts/basics";
import { QrCode } from "../parts/qr";
import { keepTickets, noteOf } from "../parts/ticket_notes";
import { client, usePolled } from "../session";
import { formats, words } from "../words";

const dayMs = 24 * 3600 * 1000;

export function TicketsView() {
  const [tickets, setTickets] = useState<KeptTicket[]>(client.tickets.tickets);
  const { value, problem } = usePolled((signal) => keepTickets(signal), 60_000, []);
  useEffect(() => { if (value) setTickets(value); }, [value]);
  const current = tickets.filter((ticket) => !isPast(ticket)), past = tickets.filter(isPast);
  return (
    <div class="narrow">
      <div class="title-row">
        <Heading>{words.tickets.title}</Heading>
        {tickets.length > 0 && <Button kind="quiet" onClick={() => window.print()}>{words.tickets.print}</Button>}
      </div>
      {problem && tickets.length ? <p class="card notice" role="status">{words.tickets.stale}</p> : null}
      {!tickets.length && <div class="card"><p>{words.tickets.none}</p><p class="soft">{words.tickets.other}</p></div>}
      <ul class="tickets">{current.map((ticket) => <TicketCard key={ticket.ticketId} ticket={ticket} />)}</ul>
      {past.length > 0 && (
        <details>
          <summary>{words.tickets.past}</summary>
          <ul class="tickets">{past.map((ticket) => <TicketCard key={ticket.ticketId} ticket={ticket} />)}</ul>
        </details>
      )}
      {tickets.length > 0 && <Payments />}
    </div>
  );
}

// In every time zone, and a day for the encores.
function isPast(ticket: KeptTicket): boolean {
  const at = noteOf(ticket)?.startsAt ?? `${ticket.date.slice(0, 10)}T12:00:00Z`;
  return Date.parse(at) + 2 * dayMs < client.now();
}

function TicketCard({ ticket }: { ticket: KeptTicket }) {
  const note = noteOf(ticket), seat = note ? words.seatName(note.seat) : `${words.seat} ${ticket.label}`;
  return (
    <li class={ticket.void ? "ticket void" : "ticket"}>
      <div class="ticket-text">
        <p class="when">{formats.showing(ticket.date)}</p>
        <h2>{note?.title ?? ""}</h2>
        <SeatLines ticket={ticket} />
        {ticket.void && <p class="pill paused">{words.tickets.void}</p>}
        {ticket.usedAt && <p class="pill">{words.tickets.used(formats.moment(ticket.usedAt))}</p>}
        <p class="soft small">{words.tickets.id(ticket.ticketId)}</p>
      </div>
      {!ticket.void && <QrCode text={ticket.code} label={words.tickets.code(seat)} />}
    </li>
  );
}

function SeatLines({ ticket }: { ticket: KeptTicket }) {
  const seat = noteOf(ticket)?.seat;
  if (!seat) return <p class="seat-lines"><span><small>{words.seat}</small>{ticket.label}</span></p>;
  return (
    <p class="seat-lines">
      <span><small>{words.left.section}</small>{seat.section}</span>
      {seat.row && <span><small>{words.row}</small>{seat.row}</span>}
      {seat.seat && <span><small>{words.seat}</small>{seat.seat}</span>}
    </p>
  );
}

function Payments() {
  const { value } = usePolled((signal) => client.listPayments(signal), 120_000, []);
  if (!value?.length) return null;
  return (
    <details class="payments">
      <summary>{words.tickets.payments}</summary>
      <ul>{value.map((payment) => <PaymentRow key={payment.paymentId} payment={payment} />)}</ul>
    </details>
  );
}

function PaymentRow({ payment }: { payment: Payment }) {
  const { amount, currency, paidAt, paidBy, refundedAmount } = payment;
  return (
    <li>
      <span>{words.tickets.paid(formats.moment(paidAt))}{paidBy && <span class="soft"> {words.tickets.boxOffice}</span>}</span>
      <span>
        {formats.money(amount, currency)}
        {refundedAmount ? <span class="soft"> {words.tickets.refunded(formats.money(refundedAmount, currency))}</span> : null}
      </span>
    </li>
  );
}
