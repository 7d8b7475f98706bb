// The acts of operators, newest first, filtered in the browser.
import { useRef, useState } from "preact/hooks";
import type { Act } from "../../client/src/operator";
import { formatExactMoment, formatNumber, formatShowing } from "../format";
import { Card, Table, ViewTitle } from "../parts/blocks";
import { TextField } from "../parts/fields";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { useSession } from "../session";
import { words } from "../words";

const w = words.audit;
const shownFirst = 100;

/** What an act is about, in one line. */
export function aboutAct(act: Act): string {
  const parts = [
    act.concertId !== undefined && w.concert(act.concertId),
    act.date !== undefined && formatShowing(act.date),
    act.seat !== undefined && w.seat(act.seat),
    act.paymentId !== undefined && w.payment(act.paymentId),
    act.holdId !== undefined && w.hold(act.holdId),
    act.number !== undefined && w.place(act.number),
    act.planId !== undefined && w.plan(act.planId),
    act.batch !== undefined && w.batch(act.batch),
    act.userId !== undefined && w.user(act.userId),
    act.amount !== undefined && formatNumber(act.amount),
  ];
  return parts.filter(Boolean).join(", ");
}

export const nameOfAct = (act: Act): string => w.action[act.action] ?? act.action;

export function AuditView() {
  const { client } = useSession();
  const [filter, setFilter] = useState("");
  const [shown, setShown] = useState(shownFirst);
  // The first read gets all that is kept, the later ones what came since.
  const known = useRef<{ acts: Act[]; after: string | undefined }>({ acts: [], after: undefined });
  const acts = usePolled(10_000, "audit", async (signal) => {
    for (;;) {
      const { after } = known.current;
      const page = await client.readAudit(after, 1000, signal);
      const newest = page.acts[page.acts.length - 1]?.id ?? after;
      known.current = { acts: [...known.current.acts, ...page.acts], after: newest };
      if (!page.nextAfter) return [...known.current.acts].reverse();
    }
  });
  const wanted = filter.trim().toLowerCase();
  const fits = (act: Act) => !wanted || [act.key, act.action, nameOfAct(act), aboutAct(act), act.note ?? ""].join(" ").toLowerCase().includes(wanted);
  const rows = acts.value?.filter(fits) ?? [];
  const t = w.table;
  return (
    <>
      <ViewTitle of="audit">{w.title}</ViewTitle>
      <p class="soft">{w.text}</p>
      <StaleNote problem={acts.problem} hasValue={acts.value !== undefined} />
      <div class="search"><TextField label={w.filter} type="search" value={filter} onValue={setFilter} hint={w.filterHint} /></div>
      {acts.value && !rows.length && <p class="soft">{w.empty}</p>}
      {rows.length > 0 && (
        <Card>
          <Table<Act>
            caption={w.title}
            quietCaption
            rows={rows.slice(0, shown)}
            of={({ id }) => id}
            columns={[
              { title: t.at, short: true, cell: ({ at }) => formatExactMoment(at) },
              { title: t.key, short: true, cell: ({ key }) => key },
              { title: t.action, cell: nameOfAct },
              { title: t.about, cell: aboutAct },
              { title: t.note, cell: ({ note }) => note ?? "" },
            ]}
          />
          {rows.length > shown && <button type="button" onClick={() => setShown(shown + shownFirst)}>{words.more}</button>}
        </Card>
      )}
    </>
  );
}
