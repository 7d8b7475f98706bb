// The frame of every view: head, what fails at the moment, the view, notes and foot.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./parts/basics";
import { lazy } from "./parts/lazy";
import { sayNothing, Speech } from "./parts/speech";
import { paths, useRoute, type Route } from "./route";
import { useOutage } from "./session";
import { ConcertView } from "./views/concert";
import { ConcertsView } from "./views/concerts";
import { language, switchLanguage, words } from "./words";

const TicketsView = lazy(() => import("./views/tickets").then((module) => module.TicketsView));
const DeviceView = lazy(() => import("./views/device").then((module) => module.DeviceView));
const AdoptView = lazy(() => import("./views/device").then((module) => module.AdoptView));

function View({ route }: { route: Route }) {
  switch (route.view) {
    case "concert": return <ConcertView key={route.concertId} concertId={route.concertId} />;
    case "tickets": return <TicketsView />;
    case "device": return <DeviceView />;
    case "adopt": return <AdoptView concertId={route.concertId} token={route.token} />;
    default: return <ConcertsView />;
  }
}

/** Says why nothing comes from the server, as long as that is so. */
function Outage() {
  const outage = useOutage();
  const text = !outage ? "" : outage === "offline" ? words.offline : words.outage[outage.slug] ?? words.outage["other"]!;
  return <div role="status" class="outage-place">{text && <p class="outage">{text}</p>}</div>;
}

/** Somebody's turn has come while another view is shown. */
function TurnNote({ concertId, onClose }: { concertId: number; onClose: () => void }) {
  return (
    <div class="turn" role="alert">
      <p><strong>{words.turn.title}</strong> {words.turn.text}</p>
      <a class="button main" href={paths.concert(concertId)} onClick={onClose}>{words.turn.go}</a>
    </div>
  );
}

export function App({ watchTurns }: { watchTurns: (onTurn: (concertId: number) => void) => void }) {
  const route = useRoute();
  const [turn, setTurn] = useState<number | null>(null);
  const main = useRef<HTMLElement>(null);
  useEffect(() => watchTurns(setTurn), []);
  useEffect(sayNothing, [location.hash]);
  const here = (view: Route["view"]) => (route.view === view ? "page" as const : undefined);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.querySelector("h1")?.focus();
  };
  const elsewhere = turn !== null && !(route.view === "concert" && route.concertId === turn);
  return (
    <>
      <header class="head">
        <a class="skip" href={location.hash || "#/"} onClick={skip}>{words.skip}</a>
        <a class="brand" href={paths.concerts}>front<span>row</span></a>
        <nav aria-label={words.nav.label}>
          <a href={paths.concerts} aria-current={here("concerts")}>{words.nav.concerts}</a>
          <a href={paths.tickets} aria-current={here("tickets")}>{words.nav.tickets}</a>
        </nav>
      </header>
      <Outage />
      {elsewhere && <TurnNote concertId={turn} onClose={() => setTurn(null)} />}
      <main ref={main} id="main"><View route={route} /></main>
      <footer class="foot">
        <a href={paths.device} aria-current={here("device")}>{words.nav.device}</a>
        <Button kind="quiet" onClick={switchLanguage}><span lang={language === "ko" ? "en" : "ko"}>{words.otherLanguage}</span></Button>
      </footer>
      <Speech />
    </>
  );
}
