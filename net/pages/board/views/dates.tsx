// The dates of a concert: added, changed, postponed and cancelled, with the progress of the refunds.
import { useState } from "preact/hooks";
import type { Attempt, ConcertChange } from "../../client/src/operator";
import { Problem } from "../../client/src/problem";
import { useConcert, type ShowingOfConcert } from "../concert_context";
import { formatMoment, formatNumber, formatShowing } from "../format";
import { ActButton } from "../parts/act_button";
import { Card, Facts } from "../parts/blocks";
import { TextField } from "../parts/fields";
import { usePolled } from "../parts/polled";
import { hrefOf } from "../route";
import { useSession } from "../session";
import { words } from "../words";
import { AddDate, ChangeDate } from "./date_forms";

const w = words.dates;

/** Sends a change of the concert as it was last read. */
export function useChange(): (change: ConcertChange, attempt: Attempt) => Promise<void> {
  const { client } = useSession();
  const { concert, etag, replace, refresh } = useConcert();
  return async (change, attempt) => {
    try {
      replace(await client.changeConcert(concert.concertId, change, etag, attempt));
    } catch (problem) {
      refresh();
      throw problem;
    }
  };
}

/** How far the refunds are; of the whole concert without a date. */
function Progress({ date }: { date?: string }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const read = usePolled(2000, `cancellation-${date ?? ""}`, (signal) => client.readCancellation(concert.concertId, date, signal).catch((problem) => {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }));
  const progress = read.value;
  if (!progress) return null;
  return (
    <div class="cancellation" role="status">
      <p><strong>{w.cancelled}</strong> {formatMoment(progress.cancelledAt)}</p>
      <progress max={Math.max(progress.payments, 1)} value={progress.state === "done" ? Math.max(progress.payments, 1) : progress.refunded} aria-label={w.progress(progress.refunded, progress.payments)} />
      <p>{progress.state === "done" ? w.progressDone : w.refunding(progress.refunding)} <span class="soft">{w.progress(progress.refunded, progress.payments)}</span></p>
    </div>
  );
}

function CancelButton({ date, onDone }: { date?: ShowingOfConcert; onDone: () => void }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const [reason, setReason] = useState("");
  const sold = date ? date.sold : concert.dates.reduce((sum, one) => sum + one.sold, 0);
  const what = date ? formatShowing(date.date) : concert.title;
  return (
    <ActButton
      label={date ? w.cancelDate : w.cancelConcert}
      kind="danger"
      of={["cancel", date?.date, reason]}
      typed={date ? date.date : concert.title.trim()}
      question={
        <>
          <p>{w.cancelText(what, sold)}</p>
          <TextField label={`${w.reason} (${words.optional})`} maxLength={200} value={reason} onValue={setReason} />
        </>
      }
      send={async (attempt) => { await client.cancel(concert.concertId, date?.date, reason.trim(), attempt); return w.cancelled + "."; }}
      onDone={onDone}
    />
  );
}

function DateCard({ date }: { date: ShowingOfConcert }) {
  const { may } = useSession();
  const { concert, refresh } = useConcert();
  const [open, setOpen] = useState(false);
  return (
    <Card
      title={formatShowing(date.date)}
      actions={<a href={hrefOf(["concerts", concert.concertId, "seats"], { date: date.date })}>{words.tabs.seats}</a>}
    >
      <Facts
        facts={[
          [words.live.table.sold, formatNumber(date.sold)],
          [words.live.table.held, formatNumber(date.held)],
          [words.live.table.free, formatNumber(date.free)],
          [words.live.table.blocked, formatNumber(date.blocked)],
          [w.startsAt, date.startsAt ? formatMoment(date.startsAt) : ""],
          [w.closesAt, date.closesAt ? formatMoment(date.closesAt) : ""],
          [words.create.plan, date.planId ? w.plan(date.planId) : ""],
        ]}
      />
      {date.cancelled && may("box-office", "read") && <Progress date={date.date} />}
      {!date.cancelled && (
        <div class="row">
          {may("operate") && <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{w.change}</button>}
          {may("box-office") && <CancelButton date={date} onDone={refresh} />}
        </div>
      )}
      {open && !date.cancelled && <ChangeDate date={date} onDone={() => setOpen(false)} />}
    </Card>
  );
}

export function DatesTab() {
  const { may } = useSession();
  const { concert, refresh } = useConcert();
  const cancelled = concert.dates.filter((date) => date.cancelled).length;
  return (
    <>
      {cancelled > 1 && may("box-office", "read") && <Card title={w.cancelConcertTitle}><Progress /></Card>}
      {concert.dates.map((date) => <DateCard key={date.date} date={date} />)}
      {may("operate") && <AddDate />}
      {may("box-office") && cancelled < concert.dates.length && (
        <Card title={words.settings.danger} class="danger-zone">
          <p>{w.cancelConcertText}</p>
          <CancelButton onDone={refresh} />
        </Card>
      )}
    </>
  );
}
