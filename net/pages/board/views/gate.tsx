// Tickets at the gate: looked up by id or by the text of their code, and let in once.
import { useRef, useState } from "preact/hooks";
import type { GateTicket } from "../../client/src/operator";
import { formatMoment, formatNumber, formatShowing } from "../format";
import { useAct } from "../parts/act";
import { ActButton } from "../parts/act_button";
import { Card, Facts, ViewTitle } from "../parts/blocks";
import { SelectField, TextField } from "../parts/fields";
import { usePolled } from "../parts/polled";
import { ProblemCard } from "../parts/problem_card";
import { useSession } from "../session";
import { words } from "../words";
import { ConcertContext } from "../concert_context";
import { useContext } from "preact/hooks";

const w = words.gate;

interface Scanned { ticket: string; concert?: number }

/** The ticket's id of what was scanned or typed: the id itself, or a JWS whose claims have it. Null: neither. */
export function ticketOf(text: string): Scanned | null {
  const typed = text.trim();
  if (/^\d{1,16}-\d{1,6}$/.test(typed)) return { ticket: typed };
  const claims = typed.split(".")[1];
  if (!claims) return null;
  try {
    const { jti, con } = JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))) as { jti?: string; con?: number };
    return typeof jti === "string" ? { ticket: jti, ...(typeof con === "number" ? { concert: con } : {}) } : null;
  } catch {
    return null;
  }
}

function TicketCard(props: { ticket: GateTicket; onChange: (ticket: GateTicket) => void; onLetIn: () => void }) {
  const { client, may } = useSession();
  const { ticket } = props;
  const state = !ticket.valid ? "void" : ticket.used ? "used" : "valid";
  const text = {
    valid: w.valid,
    void: w.void,
    used: w.used(ticket.usedAt ? formatMoment(ticket.usedAt) : "", ticket.usedBy ?? words.unknown),
  }[state];
  const read = async () => props.onChange(await client.readTicket(ticket.concertId, ticket.ticketId));
  return (
    <div class={"verdict " + state}>
      <p class="verdict-text" role="status">{text}</p>
      <Facts
        facts={[
          [words.seats.date, formatShowing(ticket.date)],
          [words.record.seats, ticket.label || formatNumber(ticket.seat)],
          [words.record.user, ticket.userId ?? words.find.nobody],
          [words.record.paidAt, formatMoment(ticket.paidAt)],
        ]}
      />
      {state === "valid" && may("box-office", "check-in") && (
        <ActButton
          label={w.checkIn}
          kind="main"
          of={["check-in", ticket.ticketId]}
          send={async (attempt) => {
            try {
              props.onChange(await client.checkIn(ticket.concertId, ticket.ticketId, attempt));
            } catch (problem) {
              await read().catch(() => {});
              throw problem;
            }
            return w.letIn;
          }}
          onDone={props.onLetIn}
        />
      )}
    </div>
  );
}

function GateForm({ concert }: { concert: number }) {
  const { client } = useSession();
  const act = useAct();
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [ticket, setTicket] = useState<GateTicket | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const look = (event: Event) => {
    event.preventDefault();
    setTicket(null);
    act.clear();
    const scanned = ticketOf(text);
    if (!scanned) return setFault(w.badTicket);
    if (scanned.concert !== undefined && scanned.concert !== concert) return setFault(w.otherConcert(scanned.concert));
    setFault("");
    void act.run(["read", scanned.ticket], async () => {
      setTicket(await client.readTicket(concert, scanned.ticket));
      setText("");
    });
  };
  const again = () => form.current?.querySelector("input")?.focus();
  return (
    <Card title={w.title}>
      <form ref={form} onSubmit={look}>
        <TextField label={w.ticket} hint={w.hint} required value={text} onValue={setText} />
        {fault && <p class="problem" role="alert">{fault}</p>}
        <ProblemCard problem={act.problem} />
        <button type="submit" class="main" disabled={act.busy}>{act.busy ? words.working : w.look}</button>
      </form>
      {ticket && <TicketCard key={ticket.ticketId} ticket={ticket} onChange={setTicket} onLetIn={again} />}
    </Card>
  );
}

/** Inside a concert's view. */
export function GatePanel() {
  const open = useContext(ConcertContext);
  return open ? <GateForm concert={open.concert.concertId} /> : null;
}

/** Of its own, for keys that may only check in. */
export function GateView() {
  const { client, covers } = useSession();
  const list = usePolled(60_000, "gate", (signal) => client.listConcerts(signal));
  const [chosen, setChosen] = useState("");
  const concerts = list.value?.filter(({ concertId }) => covers(concertId)) ?? [];
  const concert = Number(chosen) || concerts[concerts.length - 1]?.concertId;
  return (
    <>
      <ViewTitle of="gate">{w.title}</ViewTitle>
      <ProblemCard problem={list.value ? null : list.problem} />
      {list.value && !concerts.length && <p>{words.concerts.empty}</p>}
      {concerts.length > 0 && (
        <SelectField
          label={w.concert} value={String(concert)} onValue={setChosen}
          options={concerts.map(({ concertId, title }) => ({ value: String(concertId), label: `${concertId}: ${title}` }))}
        />
      )}
      {concert && <GateForm key={concert} concert={concert} />}
    </>
  );
}
