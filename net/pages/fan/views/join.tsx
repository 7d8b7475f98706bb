// A concert before joining its line, or after the visit is over.
import { isLive, Problem, type Concert, type Visit, type VisitState } from "@frontrow/client";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ActProblem, Button, Countdown, Heading } from "../parts/basics";
import { SeatsLeft } from "../parts/prices";
import { paths } from "../route";
import { client, useAct } from "../session";
import { explain, formats, words } from "../words";

interface JoinViewProps {
  concert: Concert;
  visit: Visit;
  state: VisitState;
  children?: ComponentChildren;
}

export function JoinView({ concert, visit, state, children }: JoinViewProps) {
  return (
    <div class="columns">
      <div>
        <p class="crumb"><a href={paths.concerts}>{words.back}</a></p>
        <Heading>{concert.title}</Heading>
        <p class="facts">
          <span class={`pill ${concert.phase}`}>{words.phase[concert.phase]}</span>
          {concert.phase === "scheduled" && concert.opensAt && <span>{words.concerts.opens(formats.moment(concert.opensAt))}</span>}
        </p>
        <Ended state={state} />
        <Owned concertId={concert.concertId} />
        {children}
        <JoinCard concert={concert} visit={visit} before={state.entry !== null} />
      </div>
      <SeatsLeft concert={concert} />
    </div>
  );
}

/** Why the last visit is over. */
function Ended({ state }: { state: VisitState }) {
  const { entry, lost } = state;
  const text = lost ? explain(lost) : entry?.state === "expired" ? words.join.expired : entry?.state === "left" ? words.join.left : "";
  return text ? <p class="card notice" role="status">{text}</p> : null;
}

/** The tickets that this browser has for the concert. */
function Owned({ concertId }: { concertId: number }) {
  const count = client.tickets.tickets.filter((ticket) => ticket.concertId === concertId && !ticket.void).length;
  if (!count) return null;
  return (
    <div class="card owned">
      <p>{words.bought.mine(count)}</p>
      <a class="button main" href={paths.tickets}>{words.bought.tickets}</a>
    </div>
  );
}

function lineText(concert: Concert): string {
  if (concert.phase === "closed") return words.join.closed;
  if (concert.phase === "scheduled") return concert.order === "random" && concert.shuffle !== "done" ? words.join.random : words.join.scheduled;
  if (concert.phase === "paused") return words.join.paused;
  return concert.waiting ? words.join.line(concert.waiting, formats.number(concert.waiting)) : `${words.join.openNow} ${words.join.noLine}`;
}

function JoinCard({ concert, visit, before }: { concert: Concert; visit: Visit; before: boolean }) {
  const act = useAct();
  const [asked, setAsked] = useState(false);
  const [code, setCode] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [asked]);
  const join = () => act.run(async () => {
    const accessCode = code.trim();
    try {
      const entry = await visit.join(accessCode ? { accessCode } : {});
      if (!isLive(entry)) void client.tickets.refresh().catch(() => {});
    } catch (error) {
      if (!(error instanceof Problem) || !error.slug.startsWith("access-code")) throw error;
      const first = !asked;
      setAsked(true);
      if (!first || accessCode) throw error;
    }
  });
  return (
    <form class="card join" onSubmit={(event) => { event.preventDefault(); void join(); }}>
      {concert.phase === "scheduled" && concert.opensAt && (
        <p class="opening"><span class="soft">{words.join.opensIn}</span> <Countdown until={concert.opensAt} /></p>
      )}
      <p>{lineText(concert)}</p>
      {asked && (
        <label class="field">
          <span>{words.join.presale}</span>
          <input ref={field} value={code} autocomplete="off" autocapitalize="characters" spellcheck={false} aria-label={words.join.code}
            onInput={(event) => setCode(event.currentTarget.value)} />
          <small>{words.join.codeHelp}</small>
        </label>
      )}
      <ActProblem act={act} />
      {concert.phase !== "closed" && (
        <Button kind="main" submit busy={act.busy} onClick={() => void join()}>
          {act.busy ? words.join.joining : before ? words.join.again : words.join.button}
        </Button>
      )}
    </form>
  );
}
