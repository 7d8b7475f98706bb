// Search in one concert: by user, seat, payment or hold; and lists of payments and holds by state.
import { useState } from "preact/hooks";
import type { HoldRecord, PaymentRecord, RecordFilter } from "../../client/src/operator";
import { Problem } from "../../client/src/problem";
import { useConcert } from "../concert_context";
import { formatMoment, formatMoney, formatShowing, isUuid, seatRanges } from "../format";
import { ActButton } from "../parts/act_button";
import { Card, Table } from "../parts/blocks";
import { SelectField, TextField } from "../parts/fields";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { go, hrefOf } from "../route";
import { useSession } from "../session";
import { words } from "../words";
import { HoldPanel, PaymentPanel, stateText, UserLink, VisitorPanel } from "./records";

const w = words.find;

function SearchForm({ query }: { query: URLSearchParams }) {
  const { concert } = useConcert();
  const kinds = ["user", "seat", "payment", "hold"] as const;
  const given = kinds.find((kind) => query.get(kind));
  const [kind, setKind] = useState<string>(given ?? "user");
  const [text, setText] = useState(given ? query.get(given)! : "");
  const [date, setDate] = useState(query.get("date") ?? concert.dates[0]?.date ?? "");
  const [fault, setFault] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const wanted = text.trim().toLowerCase();
    const fits = kind === "user" ? isUuid(wanted) : /^\d{1,16}$/.test(wanted);
    setFault(fits ? "" : kind === "user" ? w.badUser : w.badNumber);
    if (!fits) return;
    if (kind === "seat") go(["concerts", concert.concertId, "seats"], { date, seat: wanted });
    else go(["concerts", concert.concertId, "find"], { [kind]: wanted });
  };
  // A user id or a long number says itself what it is.
  const typed = (value: string) => {
    setText(value);
    if (isUuid(value.trim())) setKind("user");
  };
  return (
    <form class="search" onSubmit={submit}>
      <SelectField narrow label={w.by} value={kind} onValue={setKind} options={kinds.map((name) => ({ value: name, label: w[name] }))} />
      {kind === "seat" && (
        <SelectField narrow label={words.seats.date} value={date} onValue={setDate} options={concert.dates.map((d) => ({ value: d.date, label: formatShowing(d.date) }))} />
      )}
      <TextField label={w.what} type="search" required value={text} onValue={typed} hint={fault || w.hint} />
      <button type="submit" class="main">{words.search}</button>
    </form>
  );
}

function UserResult({ user }: { user: string }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const found = usePolled(4000, `user-${user}`, (signal) => client.readVisitor(concert.concertId, user, signal));
  if (found.problem instanceof Problem && found.problem.status === 404 && !found.value) return <p>{w.notFound}</p>;
  return (
    <>
      <StaleNote problem={found.problem} hasValue={found.value !== undefined} />
      {found.value && <VisitorPanel visitor={found.value} onChange={found.refresh} />}
    </>
  );
}

// Ids ascend, so the page behind the id before begins with the record, if it exists.
function PaymentResult({ payment }: { payment: number }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const found = usePolled(4000, `payment-${payment}`, async (signal) => {
    const page = await client.findPayments(concert.concertId, { after: payment > 1 ? payment - 1 : undefined, limit: 1 }, signal);
    return page.payments.find(({ paymentId }) => paymentId === payment) ?? null;
  });
  return (
    <>
      <StaleNote problem={found.problem} hasValue={found.value !== undefined} />
      {found.value === null && <p>{w.notFound}</p>}
      {found.value && <PaymentPanel payment={found.value} onChange={found.refresh} />}
    </>
  );
}

function HoldResult({ hold }: { hold: number }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const found = usePolled(4000, `hold-${hold}`, async (signal) => {
    const page = await client.findHolds(concert.concertId, { after: hold > 1 ? hold - 1 : undefined, limit: 1 }, signal);
    return page.holds.find(({ holdId }) => holdId === hold) ?? null;
  });
  return (
    <>
      <StaleNote problem={found.problem} hasValue={found.value !== undefined} />
      {found.value === null && <p>{w.notFound}</p>}
      {found.value && <HoldPanel hold={found.value} onChange={found.refresh} />}
    </>
  );
}

interface Row { id: number; date: string; seats: number[]; amount: number; currency: string; userId: string | null; state: string; at: string | null }

const paymentRow = (p: PaymentRecord): Row => ({ ...p, id: p.paymentId, at: p.paidAt });
const holdRow = (h: HoldRecord): Row => ({ ...h, id: h.holdId, state: h.state ?? "", at: h.expiresAt });
const states = { payments: ["started", "completed", "refunding", "refunded"], holds: ["held", "paying", "paid", "expired", "refunded"] };
const pageRows = 50;

/** Pages of payments or holds that fit the filter. */
function RecordList() {
  const { client } = useSession();
  const { concert } = useConcert();
  const [kind, setKind] = useState<"payments" | "holds">("payments");
  const [state, setState] = useState("");
  const [date, setDate] = useState("");
  const [rows, setRows] = useState<Row[]>([]);
  const [next, setNext] = useState<number | null | undefined>(undefined);
  const reset = () => { setRows([]); setNext(undefined); };
  // A page may be empty and not the last one.
  const more = async () => {
    const found: Row[] = [];
    let after = next ?? undefined;
    for (;;) {
      const filter: RecordFilter = { state, date, after, limit: pageRows };
      const page = kind === "payments"
        ? await client.findPayments(concert.concertId, filter).then(({ payments, next: then }) => ({ rows: payments.map(paymentRow), then }))
        : await client.findHolds(concert.concertId, filter).then(({ holds, next: then }) => ({ rows: holds.map(holdRow), then }));
      found.push(...page.rows);
      after = page.then ?? undefined;
      if (page.then === null || found.length >= pageRows) break;
    }
    setRows([...rows, ...found]);
    setNext(after ?? null);
  };
  const t = w.table;
  const one = kind === "payments" ? "payment" : "hold";
  return (
    <Card title={w.list}>
      <div class="fields">
        <SelectField
          label={w.kind} value={kind} onValue={(value) => { setKind(value as "payments" | "holds"); setState(""); reset(); }}
          options={[{ value: "payments", label: w.payments }, { value: "holds", label: w.holds }]}
        />
        <SelectField
          label={w.state} value={state} onValue={(value) => { setState(value); reset(); }}
          options={[{ value: "", label: w.any }, ...states[kind].map((name) => ({ value: name, label: stateText(name) }))]}
        />
        <SelectField
          label={words.seats.date} value={date} onValue={(value) => { setDate(value); reset(); }}
          options={[{ value: "", label: w.any }, ...concert.dates.map((d) => ({ value: d.date, label: formatShowing(d.date) }))]}
        />
      </div>
      {rows.length > 0 && (
        <Table<Row>
          caption={w[kind]} rows={rows} of={({ id }) => id}
          columns={[
            { title: t.id, short: true, cell: ({ id }) => <a href={hrefOf(["concerts", concert.concertId, "find"], { [one]: id })}>{id}</a> },
            { title: t.date, short: true, cell: (row) => formatShowing(row.date) },
            { title: t.seats, cell: ({ seats }) => seatRanges(seats) },
            { title: t.amount, number: true, cell: ({ amount, currency }) => formatMoney(amount, currency) },
            { title: t.user, cell: ({ userId }) => <UserLink user={userId} /> },
            { title: t.state, short: true, cell: (row) => stateText(row.state) },
            { title: kind === "payments" ? t.at : t.until, short: true, cell: ({ at }) => (at ? formatMoment(at) : "") },
          ]}
        />
      )}
      {next === null && !rows.length && <p class="soft">{w.notFound}</p>}
      {next !== null && <ActButton kind={next === undefined ? "main" : undefined} label={next === undefined ? w.show : words.more} of={[kind, state, date, next]} send={more} />}
    </Card>
  );
}

export function FindTab({ query }: { query: URLSearchParams }) {
  const user = query.get("user"), payment = query.get("payment"), hold = query.get("hold");
  return (
    <>
      <SearchForm key={query.toString()} query={query} />
      <section class="found" aria-live="polite">
        {user && <Card title={w.found}><UserResult key={user} user={user} /></Card>}
        {payment && <Card title={w.found}><PaymentResult key={payment} payment={Number(payment)} /></Card>}
        {hold && <Card title={w.found}><HoldResult key={hold} hold={Number(hold)} /></Card>}
      </section>
      <RecordList />
    </>
  );
}
