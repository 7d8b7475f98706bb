// All concerts that the key covers, with what is left of them, and how the instance does.
import type { Concert } from "../../client/src/operator";
import { formatMoment, formatNumber } from "../format";
import { Card, PhasePill, ViewTitle } from "../parts/blocks";
import { LoadCurves } from "../parts/history_curves";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { hrefOf } from "../route";
import { useSession } from "../session";
import { words } from "../words";

const w = words.concerts;

function ConcertCard({ concert }: { concert: Concert }) {
  const total = concert.dates.reduce((sum, date) => sum + date.seatsTotal, 0);
  const free = concert.dates.reduce((sum, date) => sum + date.seatsAvailable, 0);
  const taken = total - free;
  return (
    <li class="card concert">
      <h2><a href={hrefOf(["concerts", concert.concertId])}>{concert.title}</a></h2>
      <p>
        <PhasePill phase={concert.phase} />
        <span class="soft">
          {" "}{w.dates(concert.dates.length)}
          {concert.phase === "scheduled" && concert.opensAt ? " · " + w.opens(formatMoment(concert.opensAt)) : ""}
        </span>
      </p>
      <progress max={Math.max(total, 1)} value={taken} aria-label={w.sold(taken, total)} />
      <p class="soft">{w.sold(taken, total)}</p>
      <p class="soft">{w.line(concert.waiting, concert.active)}</p>
      <p class="number-tag" aria-hidden="true">{formatNumber(concert.concertId)}</p>
    </li>
  );
}

export function ConcertsView() {
  const { client, may, covers } = useSession();
  const list = usePolled(5000, "concerts", (signal) => client.listConcerts(signal));
  const concerts = list.value?.filter(({ concertId }) => covers(concertId));
  return (
    <>
      <ViewTitle of="concerts">{w.title}</ViewTitle>
      <StaleNote problem={list.problem} hasValue={list.value !== undefined} />
      {!list.value && !list.problem && <p class="soft">{words.loading}</p>}
      {concerts?.length === 0 && (
        <Card>
          <p><strong>{w.empty}</strong></p>
          {may("operate") && covers() && <><p>{w.emptyHint}</p><p><a class="button main" href={hrefOf(["new"])}>{words.nav.create}</a></p></>}
        </Card>
      )}
      <ul class="concerts">{concerts?.map((concert) => <ConcertCard key={concert.concertId} concert={concert} />)}</ul>
      <LoadCurves />
    </>
  );
}
