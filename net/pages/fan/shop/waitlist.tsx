// Waiting for seats that come back: the wish, the place, and how to give it up.
import type { Concert, Visit, Waitlist } from "@frontrow/client";
import { useState } from "preact/hooks";
import { ActProblem, AskButton, Button } from "../parts/basics";
import { say } from "../parts/speech";
import { useAct, usePolled, useVisit } from "../session";
import { formats, words } from "../words";

interface FormProps {
  concert: Concert;
  visit: Visit;
  date: string;
  max: number;
  onJoined: () => void;
}

/** For a date where nothing is left. */
export function WaitlistForm({ concert, visit, date, max, onJoined }: FormProps) {
  const act = useAct();
  const [quantity, setQuantity] = useState(Math.min(2, Math.max(1, max)));
  const [section, setSection] = useState("");
  const sections = [...new Set(concert.dates.find((one) => one.date === date)?.sections.map(({ name }) => name))];
  const join = () => act.run(async () => {
    await visit.joinWaitlist({ date, quantity, ...(section ? { section } : {}) });
    say(words.waitlist.joined, true);
    onJoined();
  });
  return (
    <form class="card" onSubmit={(event) => { event.preventDefault(); void join(); }}>
      <h2>{words.shop.soldOut}</h2>
      <p>{words.waitlist.text}</p>
      <div class="fields">
        <label class="field"><span>{words.shop.quantity}</span>
          <select value={quantity} onChange={(event) => setQuantity(Number(event.currentTarget.value))}>
            {Array.from({ length: Math.max(1, Math.min(max, 32)) }, (_, at) => <option key={at} value={at + 1}>{formats.number(at + 1)}</option>)}
          </select>
        </label>
        <label class="field"><span>{words.shop.where}</span>
          <select value={section} onChange={(event) => setSection(event.currentTarget.value)}>
            <option value="">{words.shop.anywhere}</option>
            {sections.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      </div>
      <ActProblem act={act} />
      <Button kind="main" submit busy={act.busy} onClick={() => void join()}>{words.waitlist.join}</Button>
    </form>
  );
}

type Entry = Waitlist["entries"][number];

/** The fan's entries; nothing where there are none. Read anew with each change of the place. */
export function WaitlistCard({ visit }: { concert: Concert; visit: Visit }) {
  const { entry } = useVisit(visit);
  const { value, refresh } = usePolled((signal) => visit.readWaitlist(signal), 20_000, [visit, entry?.waitlistPosition, entry?.offeredHoldId]);
  if (!value?.entries.length && !value?.offers.length) return null;
  return (
    <section class="card" aria-labelledby="waitlist">
      <h2 id="waitlist">{words.waitlist.title}</h2>
      {value.offers.length > 0 && <p role="status">{words.waitlist.offered}</p>}
      {value.entries.map((one) => <EntryRow key={one.date} visit={visit} entry={one} onLeft={refresh} />)}
    </section>
  );
}

function EntryRow({ visit, entry, onLeft }: { visit: Visit; entry: Entry; onLeft: () => void }) {
  const act = useAct();
  const leave = () => act.run(async () => {
    await visit.leaveWaitlist(entry.date);
    onLeft();
  });
  return (
    <div class="waitlist-entry">
      <p>
        <strong>{words.waitlist.position(formats.number(entry.position), formats.number(entry.waiting))}</strong><br />
        {formats.showing(entry.date)}<br />
        <span class="soft">{words.waitlist.wish(entry.quantity, entry.section ?? words.waitlist.anywhere)}</span>
      </p>
      <AskButton label={words.waitlist.leave} title={words.waitlist.leave + "?"} text={words.waitlist.text} yes={words.waitlist.leave} no={words.cancel}
        busy={act.busy} onYes={() => void leave()} />
      <ActProblem act={act} />
    </div>
  );
}
