// Access codes for a presale: made, shown once, downloaded; and how far they are used.
import { useState } from "preact/hooks";
import type { AccessCodeBatch } from "../../client/src/operator";
import { useConcert } from "../concert_context";
import { browserZone, formatMoment, formatNumber, fromLocalField, saveFile } from "../format";
import { useAct } from "../parts/act";
import { Card, Table } from "../parts/blocks";
import { Dialog } from "../parts/dialog";
import { NumberField, TextField } from "../parts/fields";
import { say } from "../parts/notices";
import { usePolled } from "../parts/polled";
import { ProblemCard, StaleNote } from "../parts/problem_card";
import { useSession } from "../session";
import { words } from "../words";

const w = words.codes;

/** The codes cannot be read again: the window closes only by its own button. */
function CodesDialog({ batch, concert, onClose }: { batch: AccessCodeBatch; concert: number; onClose: () => void }) {
  const codes = batch.codes ?? [];
  const text = "code\r\n" + codes.join("\r\n") + "\r\n";
  const download = () => saveFile(`concert-${concert}-codes-${batch.batch}.csv`, new Blob([text], { type: "text/csv" }));
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join("\n"));
    say(w.copied);
  };
  return (
    <Dialog title={w.made(batch.count)} busy onClose={() => {}}>
      {codes.length > 0 ? (
        <>
          <p><strong>{w.once}</strong></p>
          <textarea class="codes" readOnly rows={8} aria-label={w.title} value={codes.join("\n")} />
          <div class="row">
            <button type="button" class="main" onClick={download}>{w.download}</button>
            <button type="button" onClick={copy}>{w.copy}</button>
          </div>
        </>
      ) : <p>{w.lost}</p>}
      <div class="row end"><button type="button" onClick={onClose}>{codes.length ? w.saved : words.close}</button></div>
    </Dialog>
  );
}

function NewBatch({ onMade }: { onMade: (batch: AccessCodeBatch) => void }) {
  const { client } = useSession();
  const { concert } = useConcert();
  const act = useAct();
  const [count, setCount] = useState("100");
  const [uses, setUses] = useState("1");
  const [opensAt, setOpensAt] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const request = { count: Number(count), uses: Number(uses), opensAt: fromLocalField(opensAt) };
    void act.run(request, async (attempt) => onMade(await client.addAccessCodes(concert.concertId, request, attempt)));
  };
  return (
    <Card title={w.add}>
      <form onSubmit={submit}>
        <div class="fields">
          <NumberField label={w.count} required min={1} max={50_000} value={count} onValue={setCount} />
          <NumberField label={w.uses} required min={1} max={10_000} value={uses} onValue={setUses} />
          <TextField type="datetime-local" label={w.opensAt} required value={opensAt} onValue={setOpensAt} hint={words.browserZone(browserZone)} />
        </div>
        <ProblemCard problem={act.problem} />
        <button type="submit" class="main" disabled={act.busy}>{act.busy ? words.working : w.button}</button>
      </form>
    </Card>
  );
}

export function CodesTab() {
  const { client, may } = useSession();
  const { concert } = useConcert();
  const [made, setMade] = useState<AccessCodeBatch | null>(null);
  const batches = usePolled(10_000, `codes-${concert.concertId}`, (signal) => client.listAccessCodes(concert.concertId, signal));
  const wanted = concert.opensAt !== null && Date.parse(concert.opensAt) > Date.now();
  return (
    <>
      <p class="soft">{w.text}</p>
      {may("box-office") && (wanted ? <NewBatch onMade={(batch) => { setMade(batch); batches.refresh(); }} /> : <p>{w.none}</p>)}
      <StaleNote problem={batches.problem} hasValue={batches.value !== undefined} />
      {batches.value?.length === 0 && <p class="soft">{w.empty}</p>}
      {batches.value && batches.value.length > 0 && (
        <Card>
          <Table<AccessCodeBatch>
            caption={w.batches}
            rows={batches.value}
            of={({ batch }) => batch}
            columns={[
              { title: w.batch, cell: ({ batch }) => batch },
              { title: w.count, number: true, cell: ({ count }) => formatNumber(count) },
              { title: w.used, number: true, cell: ({ codesUsed }) => formatNumber(codesUsed) },
              { title: w.uses, number: true, cell: ({ uses }) => formatNumber(uses) },
              { title: w.spent, number: true, cell: ({ usesSpent }) => formatNumber(usesSpent) },
              { title: w.opensAt, cell: ({ opensAt }) => formatMoment(opensAt) },
            ]}
          />
        </Card>
      )}
      {made && <CodesDialog batch={made} concert={concert.concertId} onClose={() => setMade(null)} />}
    </>
  );
}
