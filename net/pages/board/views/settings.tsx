// Every setting that PATCH can change; sends only what was changed, guarded by If-Match.
import { useState } from "preact/hooks";
import type { Attempt, ConcertAdmin, ConcertChange } from "../../client/src/operator";
import { Problem } from "../../client/src/problem";
import { useConcert } from "../concert_context";
import { browserZone, formatMoment, formatNumber, fromLocalField, toLocalField } from "../format";
import { useAct } from "../parts/act";
import { ActButton } from "../parts/act_button";
import { Card } from "../parts/blocks";
import { CheckField, NumberField, TextField } from "../parts/fields";
import { ProblemCard } from "../parts/problem_card";
import { useSession } from "../session";
import { words } from "../words";

const w = words.settings;

const numberNames = [
  "maxActive", "admitPerSecond", "sessionSeconds", "idleSeconds",
  "holdSeconds", "holdExtensions", "offerSeconds", "maxSeatsPerUser",
] as const;
type NumberName = (typeof numberNames)[number];
const queueNames: readonly string[] = ["maxActive", "admitPerSecond", "sessionSeconds", "idleSeconds"];
const bounds: Record<NumberName, [number, number]> = {
  maxActive: [1, 1_000_000], admitPerSecond: [1, 1_000_000], sessionSeconds: [1, 86_400], idleSeconds: [1, 86_400],
  holdSeconds: [1, 86_400], holdExtensions: [0, 100], offerSeconds: [1, 86_400], maxSeatsPerUser: [1, 1000],
};

type Draft = Record<NumberName | "title" | "opensAt" | "closesAt", string> & { stayAfterPayment: boolean; noSingleSeats: boolean };

function draftOf(concert: ConcertAdmin): Draft {
  const { queue } = concert;
  return {
    title: concert.title,
    opensAt: toLocalField(concert.opensAt),
    closesAt: toLocalField(concert.closesAt),
    maxActive: String(queue.maxActive),
    admitPerSecond: String(queue.admitPerSecond),
    sessionSeconds: String(queue.sessionSeconds),
    idleSeconds: String(queue.idleSeconds),
    holdSeconds: String(concert.holdSeconds),
    holdExtensions: String(concert.holdExtensions ?? 0),
    offerSeconds: String(concert.offerSeconds ?? 300),
    maxSeatsPerUser: String(concert.maxSeatsPerUser),
    stayAfterPayment: queue.stayAfterPayment ?? false,
    noSingleSeats: concert.noSingleSeats ?? false,
  };
}

/** The request that makes `before` into `after`; an empty object if they are the same. */
export function changeOf(before: Draft, after: Draft): ConcertChange {
  const change: Record<string, unknown> = {};
  const queue: Record<string, unknown> = {};
  if (after.title.trim() !== before.title) change["title"] = after.title.trim();
  for (const name of ["opensAt", "closesAt"] as const) {
    if (after[name] && after[name] !== before[name]) change[name] = fromLocalField(after[name]);
  }
  for (const name of numberNames) {
    if (after[name] !== before[name]) (queueNames.includes(name) ? queue : change)[name] = Number(after[name]);
  }
  if (after.noSingleSeats !== before.noSingleSeats) change["noSingleSeats"] = after.noSingleSeats;
  if (after.stayAfterPayment !== before.stayAfterPayment) queue["stayAfterPayment"] = after.stayAfterPayment;
  if (Object.keys(queue).length) change["queue"] = queue;
  return change;
}

const countOf = (change: ConcertChange): number =>
  Object.keys(change).length + (change.queue ? Object.keys(change.queue).length - 1 : 0);

/** The form; `start` is what the operator began with, and its version. */
function SettingsForm() {
  const { client } = useSession();
  const { concert, etag, replace, refresh } = useConcert();
  const [start, setStart] = useState({ draft: draftOf(concert), etag });
  const [draft, setDraft] = useState(start.draft);
  const act = useAct();
  const present = draftOf(concert);
  const change = changeOf(start.draft, draft);
  const count = countOf(change);
  const set = <Name extends keyof Draft>(name: Name) => (value: Draft[Name]) => setDraft((now) => ({ ...now, [name]: value }));
  // The present values, with those that this operator has changed.
  const merged = (): Draft => {
    const mine = (Object.keys(draft) as (keyof Draft)[]).filter((name) => draft[name] !== start.draft[name]);
    return { ...present, ...Object.fromEntries(mine.map((name) => [name, draft[name]])) };
  };
  const begin = (from: Draft, version: string) => { setStart({ draft: from, etag: version }); setDraft(from); };

  const save = async (event: Event) => {
    event.preventDefault();
    if (!count) return;
    await act.run([change, start.etag], async (attempt) => {
      try {
        const read = await client.changeConcert(concert.concertId, change, start.etag, attempt);
        replace(read);
        begin(draftOf(read.value), read.etag);
      } catch (problem) {
        refresh();
        throw problem;
      }
      return w.saved;
    });
  };
  const conflict = act.problem instanceof Problem && act.problem.slug === "precondition-failed";
  // What somebody else has set meanwhile.
  const other = (name: keyof Draft) =>
    present[name] !== start.draft[name] ? w.present(typeof present[name] === "string" ? String(present[name]) || words.none : present[name] ? words.yes : words.no) : "";
  const number = (name: NumberName) => (
    <NumberField key={name} label={w[name]} required min={bounds[name][0]} max={bounds[name][1]} value={draft[name]} onValue={set(name)} hint={other(name)} />
  );
  return (
    <form onSubmit={save} class="settings">
      <Card title={w.sale}>
        <div class="fields">
          <TextField wide label={w.name} required maxLength={200} value={draft.title} onValue={set("title")} hint={other("title")} />
          <TextField
            type="datetime-local" label={w.opensAt} value={draft.opensAt} onValue={set("opensAt")}
            disabled={concert.phase !== "scheduled"} hint={other("opensAt") || w.opensAtHint}
          />
          <TextField type="datetime-local" label={w.closesAt} value={draft.closesAt} onValue={set("closesAt")} hint={other("closesAt") || w.closesAtHint} />
        </div>
        <p class="soft">{words.browserZone(browserZone)}</p>
      </Card>
      <Card title={w.line}>
        <div class="fields">{(["maxActive", "admitPerSecond", "sessionSeconds", "idleSeconds"] as const).map(number)}</div>
        <CheckField label={w.stayAfterPayment} hint={other("stayAfterPayment")} value={draft.stayAfterPayment} onValue={set("stayAfterPayment")} />
      </Card>
      <Card title={w.shop}>
        <div class="fields">{(["holdSeconds", "holdExtensions", "offerSeconds", "maxSeatsPerUser"] as const).map(number)}</div>
        <CheckField label={w.noSingleSeats} hint={other("noSingleSeats")} value={draft.noSingleSeats} onValue={set("noSingleSeats")} />
      </Card>
      <div class="bar">
        {conflict ? (
          <div class="problem" role="alert">
            <strong>{w.conflict}</strong>
            <p class="row">
              <button type="button" onClick={() => { act.clear(); begin(present, etag); }}>{w.reload}</button>
              <button type="button" onClick={() => { act.clear(); setDraft(merged()); setStart({ draft: present, etag }); }}>{w.keepMine}</button>
            </p>
          </div>
        ) : <ProblemCard problem={act.problem} />}
        <span class="grow" role="status">{count ? w.changed(count) : w.unchanged}</span>
        {count > 0 && <button type="button" disabled={act.busy} onClick={() => begin(present, etag)}>{words.cancel}</button>}
        <button type="submit" class="main" disabled={!count || act.busy}>{act.busy ? words.working : w.save}</button>
      </div>
    </form>
  );
}

export function SettingsTab() {
  const { client } = useSession();
  const { concert, etag, replace, refresh } = useConcert();
  const revoke = async (attempt: Attempt) => {
    try {
      replace(await client.changeConcert(concert.concertId, { revokeTokens: true }, etag, attempt));
    } catch (problem) {
      refresh();
      throw problem;
    }
    return w.revokeDone;
  };
  const live = concert.waiting + concert.active;
  return (
    <>
      <p class="soft">{w.text}</p>
      <SettingsForm />
      <Card title={w.danger} class="danger-zone">
        <p>{w.revokeText}</p>
        <ActButton
          label={w.revoke} kind="danger" of={["revoke", etag]} send={revoke} typed={String(live)}
          question={<p>{w.revokeText} {words.concerts.line(concert.waiting, concert.active)} {w.countOfLine(formatNumber(live))}</p>}
        />
      </Card>
      {concert.opensAt && <p class="soft">{words.concerts.opens(formatMoment(concert.opensAt))}</p>}
    </>
  );
}
