// All concerts, those on sale first.
import type { Concert } from "@frontrow/client";
import { Heading, Loading } from "../parts/basics";
import { paths } from "../route";
import { client, usePolled, useVisit } from "../session";
import { explain, formats, words } from "../words";

const rank = { open: 0, paused: 1, scheduled: 2, closed: 3 };
const inOrder = (a: Concert, b: Concert) => rank[a.phase] - rank[b.phase] || (a.dates[0]?.date ?? "").localeCompare(b.dates[0]?.date ?? "");

export function ConcertsView() {
  const { value, problem } = usePolled((signal) => client.listConcerts(signal), 8000, []);
  return (
    <>
      <Heading>{words.concerts.title}</Heading>
      {!value && !problem && <Loading />}
      {problem ? <p class="problem" role="alert">{explain(problem)}</p> : null}
      {value && !value.length && <p class="card">{words.concerts.none}</p>}
      <ul class="concerts">
        {[...value ?? []].sort(inOrder).map((concert) => <ConcertCard key={concert.concertId} concert={concert} />)}
      </ul>
    </>
  );
}

function ConcertCard({ concert }: { concert: Concert }) {
  const { entry, hasPlace } = useVisit(client.visit(concert.concertId));
  const { dates, phase, currency } = concert;
  const first = dates.find(({ cancelled }) => !cancelled) ?? dates[0];
  const left = dates.reduce((sum, date) => sum + (date.cancelled ? 0 : date.seatsAvailable), 0);
  const prices = dates.flatMap(({ sections }) => sections.map(({ price }) => price));
  const place = entry?.state === "active" ? words.concerts.inShop
    : entry?.state === "waiting" ? words.concerts.place(formats.number(entry.position)) : "";
  return (
    <li class="card concert">
      <p class="when">{first && formats.showing(first.date)}{dates.length > 1 && <span class="soft"> {words.concerts.more(dates.length - 1)}</span>}</p>
      <h2><a href={paths.concert(concert.concertId)}>{concert.title}</a></h2>
      <p class="facts">
        <span class={`pill ${phase}`}>{words.phase[phase]}</span>
        {phase === "scheduled" && concert.opensAt && <span>{words.concerts.opens(formats.moment(concert.opensAt))}</span>}
        {phase !== "closed" && <span>{left ? words.concerts.left(left, formats.number(left)) : words.concerts.soldOut}</span>}
        {prices.length > 0 && <span>{words.concerts.from(formats.money(Math.min(...prices), currency))}</span>}
        {concert.waiting > 0 && <span>{words.concerts.waiting(concert.waiting, formats.number(concert.waiting))}</span>}
      </p>
      {hasPlace && place && <p class="mine">{place}</p>}
    </li>
  );
}
