// The shop: one's turn has come. Choose seats, hold them, pay.
import type { Concert, Hold, Payment, QueueEntry, Visit } from "@frontrow/client";
import { useState } from "preact/hooks";
import { ActProblem, AskButton, Button, Countdown, Heading, Loading } from "../parts/basics";
import { dateClosed } from "../parts/prices";
import { sayNothing } from "../parts/speech";
import { useAct, usePolled } from "../session";
import { formats, words } from "../words";
import { HoldCard } from "./hold";
import { Pick } from "./pick";
import { useWallet } from "./wallet";
import { WaitlistCard } from "./waitlist";

interface ShopProps {
  concert: Concert;
  visit: Visit;
  entry: QueueEntry;
  onPaid: (payment: Payment) => void;
}

/** Holds and offers of the session that can still be paid. */
function useHolds(visit: Visit, entry: QueueEntry) {
  const { value, refresh } = usePolled(async (signal) => {
    const [holds, waitlist] = await Promise.all([
      visit.listHolds(signal),
      entry.offeredHoldId === undefined ? null : visit.readWaitlist(signal),
    ]);
    const all = new Map([...holds, ...waitlist?.offers ?? []].map((hold) => [hold.holdId, hold]));
    return [...all.values()];
  }, 20_000, [visit, visit.token, entry.offeredHoldId]);
  return { holds: value, refresh };
}

export function ShopView({ concert, visit, entry, onPaid }: ShopProps) {
  const { holds: read, refresh } = useHolds(visit, entry);
  const [fresh, setFresh] = useState<Hold[]>([]);
  const [picking, setPicking] = useState(false);
  const leaving = useAct();
  const known = read && [...new Map([...fresh, ...read].map((hold) => [hold.holdId, hold])).values()];
  const wallet = useWallet(visit, (known?.length ?? 0) > 0);
  if (!known) return <><Heading key="loading">{concert.title}</Heading><Loading /></>;
  const changed = () => {
    setFresh([]);
    refresh();
  };
  const held = (hold: Hold) => {
    sayNothing();
    setFresh([hold]);
    setPicking(false);
    refresh();
  };
  const offer = entry.offeredHoldId !== undefined;
  const paying = known.length > 0 && !picking;
  return (
    <>
      <div class="shop-head">
        <p class="crumb">{concert.title}</p>
        {entry.expiresAt && <p class="ends"><span class="soft">{words.shop.visitEnds}</span> <Countdown until={entry.expiresAt} /></p>}
        {wallet.balance !== null && <p class="ends"><span class="soft">{words.shop.balance}</span> <b>{formats.money(wallet.balance, concert.currency)}</b></p>}
      </div>
      {paying
        ? <Heading key="hold">{offer ? words.hold.offerTitle : words.hold.title}</Heading>
        : <Heading key="pick">{words.shop.title}</Heading>}
      {paying && byDate(known).map((holds) => (
        <HoldCard key={holds[0]!.date} concert={concert} visit={visit} holds={holds} wallet={wallet} onChanged={changed}
          onPaid={(payment) => { changed(); onPaid(payment); }} />
      ))}
      {paying && !offer && mayHaveMore(concert, known) && <p><Button onClick={() => setPicking(true)}>{words.hold.more}</Button></p>}
      {!paying && known.length > 0 && (
        <div class="card held-note">
          <p>{words.shop.held(known.reduce((sum, { seats }) => sum + seats.length, 0))}</p>
          <Button kind="main" onClick={() => setPicking(false)}>{words.shop.toHold}</Button>
        </div>
      )}
      {!paying && <Dates concert={concert} visit={visit} holds={known} onHeld={held} />}
      <WaitlistCard concert={concert} visit={visit} />
      <div class="row leave">
        <AskButton label={words.shop.leave} title={words.shop.leaveTitle} text={words.shop.leaveText} yes={words.shop.leave} no={words.shop.stay}
          busy={leaving.busy} onYes={() => void leaving.run(() => visit.leave())} />
        <ActProblem act={leaving} />
      </div>
    </>
  );
}

function mayHaveMore(concert: Concert, holds: Hold[]): boolean {
  return holds.reduce((sum, { seats }) => sum + seats.length, 0) < concert.maxSeatsPerUser;
}

function byDate(holds: Hold[]): Hold[][] {
  const dates = new Map<string, Hold[]>();
  for (const hold of holds) dates.set(hold.date, [...dates.get(hold.date) ?? [], hold]);
  return [...dates.values()];
}

interface DatesProps {
  concert: Concert;
  visit: Visit;
  holds: Hold[];
  onHeld: (hold: Hold) => void;
}

/** The dates to choose from, and the seats of the chosen one. */
function Dates({ concert, visit, holds, onHeld }: DatesProps) {
  const open = concert.dates.filter((date) => !date.cancelled && (!date.closesAt || dateClosed(date) !== words.left.offSale));
  const [chosen, setChosen] = useState(() => (open.find((date) => date.seatsAvailable > 0) ?? open[0])?.date);
  const date = open.some((one) => one.date === chosen) ? chosen : open[0]?.date;
  if (!date) return <p class="card" role="status">{words.shop.ended}</p>;
  return (
    <>
      {open.length > 1 && (
        <fieldset class="dates">
          <legend class="unseen">{words.shop.dates}</legend>
          {open.map((one) => (
            <label key={one.date} class="date">
              <input type="radio" name="date" value={one.date} checked={one.date === date} onChange={() => setChosen(one.date)} />
              <span>{formats.showing(one.date)}</span>
              <span class="soft">{one.seatsAvailable ? words.concerts.left(one.seatsAvailable, formats.number(one.seatsAvailable)) : words.concerts.soldOut}</span>
            </label>
          ))}
        </fieldset>
      )}
      <Pick key={date} concert={concert} visit={visit} date={date} holds={holds} onHeld={onHeld} onWaitlist={() => {}} />
    </>
  );
}
