// Reads the tickets of the user, and keeps with each what a person calls its concert and seat: without a
// connection nobody could look these up.
import type { Concert, KeptTicket } from "@frontrow/client";
import type { SeatName } from "../../shared/seat_layout";
import { client } from "../session";
import { readSeating, type Seating } from "../shop/seating";

export interface TicketNote {
  title: string;
  seat: SeatName;
  startsAt?: string;
  timeZone?: string;
}

export function noteOf(ticket: KeptTicket): TicketNote | null {
  return (ticket.about as TicketNote | undefined) ?? null;
}

/** Reads all tickets anew. Throws if they can't be read; those that are kept stay. */
export async function keepTickets(signal?: AbortSignal): Promise<KeptTicket[]> {
  const tickets = await client.tickets.refresh(signal);
  const unknown = tickets.filter((ticket) => !ticket.about);
  if (!unknown.length) return tickets;
  const concerts = new Map<number, Concert>(), seatings = new Map<string, Seating>(), notes = new Map<string, TicketNote>();
  for (const ticket of unknown) {
    try {
      const { concertId, date } = ticket;
      const concert = concerts.get(concertId) ?? await client.readConcert(concertId, signal);
      concerts.set(concertId, concert);
      const found = concert.dates.find((one) => one.date === date);
      if (!found) continue;
      const key = `${concertId} ${date}`, seating = seatings.get(key) ?? await readSeating(found);
      seatings.set(key, seating);
      notes.set(ticket.ticketId, noteFor(concert, found.startsAt, seating, ticket.seat));
    } catch {
      // The next reading tries again; the ticket is good without a note.
    }
  }
  return client.tickets.note(notes);
}

function noteFor(concert: Concert, startsAt: string | undefined, { layout }: Seating, seat: number): TicketNote {
  const name = layout.nameOf(seat), general = layout.sections[layout.sectionOf[seat - 1]!]!.general;
  return {
    title: concert.title,
    seat: general ? { ...name, row: "", seat: "" } : name,
    ...(startsAt ? { startsAt } : {}),
    ...(concert.timeZone ? { timeZone: concert.timeZone } : {}),
  };
}
