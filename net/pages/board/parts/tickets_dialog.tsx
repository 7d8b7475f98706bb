// Tickets with their codes, to be printed or downloaded.
import { formatShowing, saveFile } from "../format";
import { words } from "../words";
import { Dialog } from "./dialog";
import { TicketCode } from "./ticket_code";

const w = words.door;

export interface TicketToPrint { ticketId: string; seat: number; label: string; code: string; date: string }

interface TicketsDialogProps {
  title: string;
  /** Of the file, without its ending. */
  name: string;
  tickets: TicketToPrint[];
  note?: string;
  onClose: () => void;
}

const quoted = (text: string): string => `"${text.replace(/"/g, '""')}"`;

/** Closes only by its own buttons: the codes may be nowhere else. */
export function TicketsDialog({ title, name, tickets, note, onClose }: TicketsDialogProps) {
  const download = () => {
    const lines = tickets.map(({ ticketId, date, seat, label, code }) => [ticketId, date, seat, quoted(label), code].join(","));
    saveFile(name + ".csv", new Blob(["ticket,date,seat,label,code\r\n" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  };
  return (
    <Dialog title={title} busy onClose={() => {}}>
      {note && <p>{note}</p>}
      {!tickets.length && <p>{words.nothing}</p>}
      <ul class="tickets">
        {tickets.map(({ ticketId, date, seat, label, code }) => (
          <li key={ticketId}>
            <TicketCode code={code} name={words.seats.seat(seat)} />
            <div>
              <b>{words.seats.seat(seat)}{label && label !== String(seat) ? ` · ${label}` : ""}</b>
              <br />{formatShowing(date)}<br /><code>{ticketId}</code>
            </div>
          </li>
        ))}
      </ul>
      <div class="row end">
        <button type="button" onClick={download}>{w.download}</button>
        <button type="button" onClick={() => print()}>{w.print}</button>
        <button type="button" class="main" onClick={onClose}>{words.close}</button>
      </div>
    </Dialog>
  );
}
