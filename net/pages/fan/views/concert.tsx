// One concert, at whatever stage this fan is: before joining, in line, in the shop, or done.
import { isLive, type Concert, type Payment, type Visit, type VisitState } from "@frontrow/client";
import { useEffect, useState } from "preact/hooks";
import { Heading, Loading } from "../parts/basics";
import { lazy } from "../parts/lazy";
import { sayNothing, speak } from "../parts/speech";
import { paths } from "../route";
import { client, useConcert, useVisit } from "../session";
import { explain, words } from "../words";
import { JoinView } from "./join";
import { WaitingView } from "./waiting";

const ShopView = lazy(() => import("../shop/shop").then((module) => module.ShopView));
const BoughtView = lazy(() => import("../shop/bought").then((module) => module.BoughtView));
const WaitlistCard = lazy(() => import("../shop/waitlist").then((module) => module.WaitlistCard));

// The shop is loaded shortly before the turn, so that a new version of the server can't take it away then.
const secondsToPreload = 90;

export function ConcertView({ concertId }: { concertId: number }) {
  const visit = client.visit(concertId);
  const state = useVisit(visit);
  const active = state.entry?.state === "active";
  const { value: concert, problem } = useConcert(concertId, active ? 15_000 : 8000);
  if (!concert) return problem ? <NoConcert problem={problem} /> : <Loading />;
  return <Stages concert={concert} visit={visit} state={state} />;
}

function NoConcert({ problem }: { problem: unknown }) {
  return (
    <>
      <Heading title={words.nav.concerts}>{explain(problem)}</Heading>
      <p><a href={paths.concerts}>{words.back}</a></p>
    </>
  );
}

interface StagesProps {
  concert: Concert;
  visit: Visit;
  state: VisitState;
}

function Stages({ concert, visit, state }: StagesProps) {
  const { entry, hasPlace } = state;
  const [paid, setPaid] = useState<Payment | null>(null);
  const [resuming, setResuming] = useState(visit.pending !== null);
  useEffect(() => {
    if (!resuming) return;
    let there = true;
    void visit.resume().then((outcome) => { if (there && outcome.payment) setPaid(outcome.payment); }, () => {})
      .finally(() => { if (there) setResuming(false); });
    return () => { there = false; };
  }, []);
  useEffect(() => {
    if (entry?.state === "waiting" && (entry.estimatedWaitSeconds ?? Infinity) < secondsToPreload) void ShopView.preload().catch(() => {});
  }, [entry]);
  useEffect(() => {
    if (entry?.state === "active") speak(words.turn.title);
  }, [entry?.state]);
  // A payment in another tab ends the place here, too.
  const completed = entry?.state === "completed" && !paid;
  useEffect(() => { if (paid) sayNothing(); }, [paid]);
  useEffect(() => { if (completed || paid) void client.tickets.refresh().catch(() => {}); }, [completed, paid]);

  const watching = entry?.waitlistPosition !== undefined || entry?.offeredHoldId !== undefined;
  const waitlist = watching && entry?.state !== "active" && <WaitlistCard concert={concert} visit={visit} />;
  if (resuming) return <><Heading title={concert.title}>{concert.title}</Heading><p class="card" role="status">{words.hold.resuming}</p></>;
  if (paid && !(isLive(entry) && entry?.state === "waiting"))
    return <BoughtView concert={concert} payment={paid} stays={entry?.state === "active"} onMore={() => setPaid(null)} />;
  if (entry?.state === "active") return <ShopView concert={concert} visit={visit} entry={entry} onPaid={setPaid} />;
  if (entry?.state === "waiting") return <WaitingView concert={concert} visit={visit} entry={entry} />;
  if (hasPlace && !entry) return <><p class="title">{concert.title}</p><p class="card" role="status">{words.wait.finding}</p></>;
  return <JoinView concert={concert} visit={visit} state={state}>{waitlist}</JoinView>;
}
