// A problem as the server told it (RFC 9457): title, detail, what it is about, and what to do.
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../client/src/problem";
import { seatRanges } from "../format";
import { useSessionIfAny } from "../session";
import { words } from "../words";

const w = words.problem;

// The server's own advice, where this page has none; read once for each type.
const advices = new Map<string, Promise<string>>();

function useAdvice(problem: Problem): string {
  const own = w.advice[problem.slug];
  const session = useSessionIfAny();
  const [advice, setAdvice] = useState("");
  useEffect(() => {
    setAdvice("");
    if (own || !session || !problem.status) return;
    let current = true;
    const known = advices.get(problem.slug) ?? session.client.explain(problem.slug).then((text) => text.advice, () => "");
    advices.set(problem.slug, known);
    void known.then((text) => { if (current) setAdvice(text); });
    return () => { current = false; };
  }, [problem.slug]);
  return own ?? (problem.status ? advice : w.networkAdvice);
}

function ProblemText({ problem }: { problem: Problem }) {
  const advice = useAdvice(problem);
  const { field, unavailableSeats, unknownSeats, seats, limit, needs, reason } = problem.body as Record<string, never>;
  const named = (unavailableSeats ?? unknownSeats ?? seats) as number[] | undefined;
  const detail = problem.status ? problem.body.detail : w.networkText;
  return (
    <>
      <strong>{problem.status ? w.titles[problem.slug] ?? problem.body.title ?? problem.slug : w.network}</strong>
      {detail && <p>{detail}</p>}
      {reason && <p>{String(reason)}</p>}
      {field && <p>{w.field(String(field))}</p>}
      {limit !== undefined && <p>{w.limit(Number(limit))}</p>}
      {Array.isArray(named) && <p>{w.seats(seatRanges(named))}</p>}
      {Array.isArray(needs) && <p>{w.needs((needs as string[]).join(", "))}</p>}
      {advice && <p><b>{w.toDo}:</b> {advice}</p>}
    </>
  );
}

/** Nothing if there is no problem. */
export function ProblemCard({ problem }: { problem: unknown }) {
  if (!problem) return null;
  return (
    <div class="problem" role="alert">
      {problem instanceof Problem ? <ProblemText problem={problem} /> : (
        <><strong>{w.mistake}</strong><p>{String(problem)}</p></>
      )}
    </div>
  );
}

/** Above values that could not be read again; or in their place, if they were never read. */
export function StaleNote({ problem, hasValue }: { problem: unknown; hasValue: boolean }) {
  if (!problem) return null;
  if (!hasValue) return <ProblemCard problem={problem} />;
  return <p class="stale" role="status">{w.stale}</p>;
}
