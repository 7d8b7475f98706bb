// What the box office does with chosen seats: take them off sale, put them back, sell them at the door.
import { useState } from "preact/hooks";
import type { Payment, SaleRequest } from "../../client/src/operator";
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { formatMoney, isUuid, parseMoney, rangesOf, seatRanges } from "../format";
import { ActButton } from "../parts/act_button";
import { TextField } from "../parts/fields";
import { TicketsDialog } from "../parts/tickets_dialog";
import { useSession } from "../session";
import { words } from "../words";

const w = words.seats;
const d = words.door;
const saleSeatsMax = 32;

interface ActsProps {
  date: ShowingOfConcert;
  seats: number[];
  onDone: () => void;
  /** The state of the one seat: acts that would change nothing are left out. */
  only?: "free" | "blocked";
}

function BlockActs({ date, seats, onDone, only }: ActsProps) {
  const { client } = useSession();
  const { concert } = useConcert();
  const [label, setLabel] = useState("");
  const request = (blocked: boolean) => ({ ranges: rangesOf(seats), blocked, ...(label.trim() ? { label: label.trim() } : {}) });
  const send = (blocked: boolean, text: string) => async (attempt: { key: string }) => {
    await client.blockSeats(concert.concertId, date.date, request(blocked), attempt);
    return text;
  };
  const done = () => { setLabel(""); onDone(); };
  return (
    <fieldset>
      <legend>{w.blocks}</legend>
      <TextField label={`${w.label} (${words.optional})`} maxLength={200} value={label} onValue={setLabel} />
      <div class="row">
        {only !== "blocked" && (
          <ActButton
            label={w.block} disabled={!seats.length} of={["block", date.date, request(true)]} onDone={done}
            question={<p>{w.blockText(seats.length)} {seatRanges(seats)}</p>}
            typed={seats.length > 10 ? String(seats.length) : undefined}
            send={send(true, w.blockDone(seats.length))}
          />
        )}
        {only !== "free" && (
          <ActButton label={w.unblock} disabled={!seats.length} of={["unblock", date.date, request(false)]} onDone={done} send={send(false, w.unblockDone(seats.length))} />
        )}
      </div>
    </fieldset>
  );
}

function SaleForm({ date, seats, onDone }: ActsProps) {
  const { client } = useSession();
  const { concert } = useConcert();
  const [note, setNote] = useState("");
  const [user, setUser] = useState("");
  const [price, setPrice] = useState("");
  const [sale, setSale] = useState<Payment | null>(null);
  const amount = price.trim() ? parseMoney(price, concert.currency) : undefined;
  const badUser = user.trim() !== "" && !isUuid(user.trim());
  const request: SaleRequest = {
    date: date.date, seats, note: note.trim(),
    ...(user.trim() ? { userId: user.trim().toLowerCase() } : {}),
    ...(typeof amount === "number" ? { price: amount } : {}),
  };
  const bad = !seats.length || seats.length > saleSeatsMax || !note.trim() || badUser || amount === null || (amount ?? 0) < 0;
  return (
    <fieldset>
      <legend>{d.title}</legend>
      <p class="soft">{d.text}</p>
      <TextField label={d.note} maxLength={200} value={note} onValue={setNote} hint={d.noteHint} />
      <TextField
        label={`${d.price} (${concert.currency}, ${words.optional})`} inputMode="decimal" value={price} onValue={setPrice}
        hint={amount === null ? words.wallets.badAmount : amount === undefined ? d.priceHint : formatMoney(amount, concert.currency)}
      />
      <TextField label={`${d.user} (${words.optional})`} value={user} onValue={setUser} hint={badUser ? words.find.badUser : d.userHint} />
      {seats.length > saleSeatsMax && <p class="soft">{d.tooMany}</p>}
      <ActButton
        label={d.button(seats.length)} kind="main" disabled={bad} of={request} typed={String(seats.length)}
        question={<><p>{d.confirm(seats.length)}</p><p><b>{seatRanges(seats)}</b></p></>}
        send={async (attempt) => setSale(await client.sellSeats(concert.concertId, request, attempt))}
      />
      {sale && <TicketsDialog title={d.done(formatMoney(sale.amount, sale.currency))} name={`sale-${sale.paymentId}`} note={d.ticketsText} tickets={(sale.tickets ?? []).map((ticket) => ({ ...ticket, date: sale.date }))} onClose={() => { setSale(null); setNote(""); setUser(""); setPrice(""); onDone(); }} />}
    </fieldset>
  );
}

export function SeatActs(props: ActsProps) {
  const { may } = useSession();
  if (props.date.cancelled) return <p class="soft">{words.live.cancelled}</p>;
  return (
    <>
      <BlockActs {...props} />
      {may("box-office") && <SaleForm {...props} />}
    </>
  );
}
