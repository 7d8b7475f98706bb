// The wallet of a user: balance, payments in all concerts, charges and corrections.
import { useState } from "preact/hooks";
import type { Payment } from "../../client/src/operator";
import { formatMoment, formatMoney, formatShowing, isUuid, minorDigits, parseMoney, seatRanges } from "../format";
import { ActButton } from "../parts/act_button";
import { Card, Table, ViewTitle } from "../parts/blocks";
import { TextField } from "../parts/fields";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { go, hrefOf } from "../route";
import { useSession } from "../session";
import { words } from "../words";

const w = words.wallets;

interface Wallet { userId: string; balance: number; currency: string }

function Adjust({ wallet, onDone }: { wallet: Wallet; onDone: () => void }) {
  const { client } = useSession();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const amount = parseMoney(text, wallet.currency);
  const shown = amount === null ? "" : formatMoney(amount, wallet.currency);
  return (
    <Card title={w.adjust}>
      <p class="soft">{w.adjustText}</p>
      <div class="fields">
        <TextField
          label={`${w.amount} (${wallet.currency})`} inputMode={minorDigits(wallet.currency) ? "decimal" : "text"} value={text} onValue={setText}
          hint={text && amount === null ? w.badAmount : shown}
        />
        <TextField label={w.reason} maxLength={200} value={reason} onValue={setReason} />
      </div>
      <ActButton
        label={w.adjustButton}
        kind="danger"
        disabled={!amount || !reason.trim()}
        of={["adjust", wallet.userId, amount, reason]}
        question={<p>{w.adjustConfirm(shown, wallet.userId)}</p>}
        typed={text.trim()}
        send={async (attempt) => {
          const done = await client.adjustBalance(wallet.userId, { amount: amount!, reason: reason.trim() }, attempt);
          return w.adjusted(formatMoney(done.balance, done.currency));
        }}
        onDone={() => { setText(""); setReason(""); onDone(); }}
      />
    </Card>
  );
}

function Charge({ wallet, onDone }: { wallet: Wallet; onDone: () => void }) {
  const { client } = useSession();
  const [text, setText] = useState("");
  const [reference, setReference] = useState("");
  const amount = parseMoney(text, wallet.currency);
  const request = { amount: amount ?? 0, ...(reference.trim() ? { reference: reference.trim() } : {}) };
  return (
    <Card title={w.charge}>
      <div class="fields">
        <TextField
          label={`${w.amount} (${wallet.currency})`} inputMode="decimal" value={text} onValue={setText}
          hint={text ? amount === null ? w.badAmount : formatMoney(amount, wallet.currency) : ""}
        />
        <TextField label={`${w.reference} (${words.optional})`} maxLength={128} value={reference} onValue={setReference} hint={w.referenceHint} />
      </div>
      <ActButton
        label={w.chargeButton}
        kind="main"
        disabled={!amount || amount < 0}
        of={["charge", wallet.userId, request]}
        send={async (attempt) => {
          const done = await client.charge(wallet.userId, request, attempt);
          return w.charged(formatMoney(done.balance, done.currency));
        }}
        onDone={() => { setText(""); setReference(""); onDone(); }}
      />
    </Card>
  );
}

function Payments({ user }: { user: string }) {
  const { client } = useSession();
  const list = usePolled(0, `payments-${user}`, (signal) => client.listUserPayments(user, undefined, signal));
  const [older, setOlder] = useState<{ payments: Payment[]; next: number | null } | null>(null);
  const payments = [...(list.value?.payments ?? []), ...(older?.payments ?? [])];
  const next = older ? older.next : list.value?.nextBefore ?? null;
  const more = async () => {
    const page = await client.listUserPayments(user, next!);
    setOlder({ payments: [...(older?.payments ?? []), ...page.payments], next: page.nextBefore });
  };
  const t = words.find.table;
  return (
    <Card>
      <StaleNote problem={list.problem} hasValue={list.value !== undefined} />
      <Table<Payment>
        caption={w.payments}
        rows={payments}
        of={({ paymentId }) => paymentId}
        columns={[
          { title: t.id, short: true, cell: (p) => <a href={hrefOf(["concerts", p.concertId, "find"], { payment: p.paymentId })}>{p.paymentId}</a> },
          { title: t.date, short: true, cell: ({ date }) => formatShowing(date) },
          { title: t.seats, cell: ({ seats }) => seatRanges(seats) },
          { title: t.amount, number: true, cell: (p) => formatMoney(p.amount, p.currency) },
          { title: t.state, short: true, cell: ({ state }) => words.record.state[state] ?? state },
          { title: t.at, short: true, cell: ({ paidAt }) => (paidAt ? formatMoment(paidAt) : "") },
        ]}
      />
      {list.value && !payments.length && <p class="soft">{words.nothing}</p>}
      {next !== null && <ActButton label={words.more} of={["more", next]} send={more} />}
    </Card>
  );
}

function WalletOf({ user }: { user: string }) {
  const { client, may } = useSession();
  const wallet = usePolled(0, `wallet-${user}`, (signal) => client.readBalance(user, signal));
  if (!wallet.value) return <StaleNote problem={wallet.problem} hasValue={false} />;
  return (
    <>
      <dl class="figures"><div class="figure"><dt>{w.balance}</dt><dd>{formatMoney(wallet.value.balance, wallet.value.currency)}</dd></div></dl>
      {may("charge") && <div class="tiles"><Charge wallet={wallet.value} onDone={wallet.refresh} /><Adjust wallet={wallet.value} onDone={wallet.refresh} /></div>}
      <Payments user={user} />
    </>
  );
}

export function WalletsView({ user }: { user: string }) {
  const [text, setText] = useState(user);
  const bad = text.trim() !== "" && !isUuid(text.trim());
  return (
    <>
      <ViewTitle of="wallets">{w.title}</ViewTitle>
      <form class="search" onSubmit={(event) => { event.preventDefault(); if (!bad) go(["wallets"], { user: text.trim().toLowerCase() }); }}>
        <TextField label={w.user} type="search" required value={text} onValue={setText} hint={bad ? words.find.badUser : ""} />
        <button type="submit" class="main">{w.read}</button>
      </form>
      {isUuid(user) && <WalletOf key={user} user={user} />}
    </>
  );
}
