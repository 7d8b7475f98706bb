// The fan's prepaid balance: shown, and charged where the server lets fans do that.
import { Problem, type Visit } from "@frontrow/client";
import { useState } from "preact/hooks";
import { ActProblem, Button } from "../parts/basics";
import { say } from "../parts/speech";
import { client, useAct, usePolled } from "../session";
import { formats, words } from "../words";

export interface WalletState {
  /** In the minor unit; null until it is known. */
  balance: number | null;
  refresh(): void;
}

/** The balance; read often while money is missing, as the shop may add it at any moment. */
export function useWallet(visit: Visit, often: boolean): WalletState {
  const { value, refresh } = usePolled((signal) => client.readBalance(signal), often ? 4000 : 30_000, [visit, visit.token, often]);
  return { balance: value?.balance ?? null, refresh };
}

interface WalletProps {
  visit: Visit;
  missing: number;
  currency: string;
  wallet: WalletState;
}

/** What to do when the balance is too small. */
export function Wallet({ visit, missing, currency, wallet }: WalletProps) {
  const [allowed, setAllowed] = useState(client.mayCharge);
  return (
    <div class="wallet">
      <p><strong>{words.hold.missing(formats.money(missing, currency))}</strong></p>
      {allowed
        ? <ChargeForm key={missing} visit={visit} missing={missing} currency={currency} wallet={wallet} onRefused={() => setAllowed(false)} />
        : <p role="status">{words.hold.byShop}</p>}
    </div>
  );
}

function ChargeForm({ visit, missing, currency, wallet, onRefused }: WalletProps & { onRefused: () => void }) {
  const act = useAct();
  const digits = formats.digits(currency);
  const [text, setText] = useState((missing / 10 ** digits).toFixed(digits));
  const charge = () => act.run(async () => {
    const amount = formats.minorOf(text, currency);
    if (Number.isNaN(amount)) throw new Problem(0, { type: "/problems/invalid-amount" });
    const { balance } = await client.charge(visit, { amount }).catch((error) => {
      if (!client.mayCharge) onRefused();
      throw error;
    });
    say(words.hold.charged(formats.money(balance, currency)), true);
    wallet.refresh();
  });
  return (
    <form class="charge" onSubmit={(event) => { event.preventDefault(); void charge(); }}>
      <label class="field">
        <span>{words.hold.chargeTitle}</span>
        <input inputMode="decimal" autocomplete="off" required value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <Button kind="main" submit busy={act.busy} onClick={() => void charge()}>{words.hold.charge}</Button>
      <ActProblem act={act} />
    </form>
  );
}
