// Seats that are held: countdown, payment, more time, or giving them back.
import { Problem, type Concert, type Hold, type Payment, type Visit } from "@frontrow/client";
import { useEffect, useRef } from "preact/hooks";
import { ActProblem, AskButton, Button, Countdown, useSecondsLeft } from "../parts/basics";
import { say } from "../parts/speech";
import { client, useAct } from "../session";
import { formats, words } from "../words";
import { runOf, seatText, useSeating } from "./seating";
import { Wallet, type WalletState } from "./wallet";

interface HoldProps {
  concert: Concert;
  visit: Visit;
  /** Of one date. They are paid together. */
  holds: Hold[];
  wallet: WalletState;
  onChanged: () => void;
  onPaid: (payment: Payment) => void;
}

export function HoldCard({ concert, visit, holds, wallet, onChanged, onPaid }: HoldProps) {
  const paying = useAct(), changing = useAct();
  const { date } = holds[0]!;
  const seating = useSeating(concert, date);
  const until = holds.map(({ expiresAt }) => expiresAt).sort()[0]!;
  const amount = holds.reduce((sum, hold) => sum + hold.amount, 0);
  const missing = wallet.balance === null ? 0 : amount - wallet.balance;
  useEnd(until, paying.busy, onChanged);

  const pay = () => paying.run(async () => {
    try {
      onPaid(await visit.pay(holds.map(({ holdId }) => holdId)));
    } catch (error) {
      if (error instanceof Problem && error.slug === "insufficient-balance") wallet.refresh();
      else onChanged();
      throw error;
    }
  });
  const release = () => changing.run(async () => {
    for (const { holdId } of holds) await visit.release(holdId);
    say(words.hold.released, true);
    onChanged();
  });
  const extend = () => changing.run(async () => {
    for (const { holdId } of holds) await visit.extend(holdId);
    say(words.hold.extended, true);
    onChanged();
  });
  return (
    <section class="card hold" aria-label={formats.showing(date)}>
      <p class="left"><span class="soft">{words.hold.left}</span> <Countdown until={until} spoken={words.hold.said} /></p>
      <p class="when">{formats.showing(date)}</p>
      <ul class="seats" aria-label={words.hold.seats}>
        {holds.flatMap(({ seats }) => seats).map((seat) => (
          <li key={seat}>
            <span>{seating ? seatText(seating, seat) : `${words.seat} ${seat}`}</span>
            <span>{seating && formats.money(runOf(seating, seat)?.price ?? 0, concert.currency)}</span>
          </li>
        ))}
        <li class="total"><span>{words.hold.total}</span><span>{formats.money(amount, concert.currency)}</span></li>
        {wallet.balance !== null && <li class="soft"><span>{words.hold.balance}</span><span>{formats.money(wallet.balance, concert.currency)}</span></li>}
      </ul>
      {missing > 0 && <Wallet visit={visit} missing={missing} currency={concert.currency} wallet={wallet} />}
      <ActProblem act={paying} />
      <div class="row">
        {missing <= 0 && (
          <Button kind="main" busy={paying.busy || wallet.balance === null} onClick={() => void pay()}>
            {paying.busy ? words.hold.paying : words.hold.pay(formats.money(amount, concert.currency))}
          </Button>
        )}
        {(concert.holdExtensions ?? 0) > 0 && <Button busy={changing.busy} onClick={() => void extend()}>{words.hold.extend}</Button>}
        <AskButton label={words.hold.release} title={words.hold.releaseTitle} text={words.hold.releaseText} yes={words.hold.release} no={words.hold.keep}
          busy={changing.busy || paying.busy} onYes={() => void release()} />
      </div>
      <ActProblem act={changing} />
    </section>
  );
}

// The server's clock decides when the time is over: the page asks again, a moment later.
function useEnd(until: string, paying: boolean, onEnd: () => void): void {
  const over = useSecondsLeft(until) === 0;
  const told = useRef("");
  useEffect(() => {
    if (!over || paying || told.current === until) return;
    const timer = setTimeout(() => {
      told.current = until;
      say(words.hold.expired);
      onEnd();
    }, Math.max(500, Date.parse(until) - client.now() + 1500));
    return () => clearTimeout(timer);
  }, [over, paying, until]);
}
