// Opens, pauses and closes the sale.
import type { Attempt } from "../../client/src/operator";
import { useConcert } from "../concert_context";
import { ActButton } from "../parts/act_button";
import { useSession } from "../session";
import { words } from "../words";

const w = words.live;

export function PhaseButtons() {
  const { client } = useSession();
  const { concert, etag, replace, refresh } = useConcert();
  const change = (phase: "open" | "paused" | "closed") => async (attempt: Attempt) => {
    try {
      replace(await client.changeConcert(concert.concertId, { phase }, etag, attempt));
    } catch (problem) {
      refresh();
      throw problem;
    }
    return w.phaseDone[phase];
  };
  const of = (phase: string) => [concert.concertId, phase, etag];
  const { phase } = concert;
  return (
    <div class="row phase-buttons">
      {phase !== "open" && (
        <ActButton
          label={phase === "paused" ? w.reopen : w.open}
          kind="main"
          of={of("open")}
          question={phase === "scheduled" ? <p>{w.openText}</p> : undefined}
          send={change("open")}
        />
      )}
      {phase === "open" && <ActButton label={w.pause} of={of("paused")} question={<p>{w.pauseText}</p>} send={change("paused")} />}
      {phase !== "closed" && (
        <ActButton
          label={w.closeSale}
          kind="danger"
          of={of("closed")}
          question={<p>{w.closeText}</p>}
          typed={concert.title.trim().slice(0, 24).trim()}
          send={change("closed")}
        />
      )}
    </div>
  );
}
