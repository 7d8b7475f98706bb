// One concert: its head with the phase, and the tabs that the key may use.
import type { JSX } from "preact";
import { formatMoment } from "../format";
import { ConcertContext } from "../concert_context";
import { PhasePill, ViewTitle } from "../parts/blocks";
import { usePolled } from "../parts/polled";
import { StaleNote } from "../parts/problem_card";
import { hrefOf, type Route } from "../route";
import { useSession, type Session } from "../session";
import { words } from "../words";
import { CodesTab } from "./codes";
import { DatesTab } from "./dates";
import { ExportsTab } from "./exports";
import { FindTab } from "./find";
import { GatePanel } from "./gate";
import { LiveTab } from "./live";
import { PhaseButtons } from "./phase_buttons";
import { SeatsTab } from "./seats";
import { SettingsTab } from "./settings";

const w = words.tabs;

interface Tab { name: string; label: string; open: boolean; view: (route: Route) => JSX.Element }

function tabsOf({ may }: Session): Tab[] {
  return [
    { name: "live", label: w.live, open: true, view: () => <LiveTab /> },
    { name: "seats", label: w.seats, open: true, view: (route: Route) => <SeatsTab date={route.query.get("date")} seat={route.query.get("seat")} /> },
    { name: "find", label: w.find, open: may("box-office", "read"), view: (route: Route) => <FindTab query={route.query} /> },
    { name: "dates", label: w.dates, open: may("operate", "box-office", "read"), view: () => <DatesTab /> },
    { name: "settings", label: w.settings, open: may("operate"), view: () => <SettingsTab /> },
    { name: "codes", label: w.codes, open: may("box-office", "read"), view: () => <CodesTab /> },
    { name: "exports", label: w.exports, open: may("box-office", "read"), view: () => <ExportsTab /> },
    { name: "gate", label: w.gate, open: may("box-office", "check-in", "read"), view: () => <GateTab /> },
  ].filter(({ open }) => open);
}

function GateTab() {
  return <GatePanel />;
}

export function ConcertView({ id, route }: { id: number; route: Route }) {
  const session = useSession();
  const read = usePolled(2000, String(id), (signal) => session.client.readConcert(id, signal));
  const tabs = tabsOf(session);
  const tab = tabs.find(({ name }) => name === route.parts[2]) ?? tabs[0]!;
  if (!read.value) {
    return (
      <>
        <ViewTitle of={`concert-${id}`} before={words.loading}>{`#${id}`}</ViewTitle>
        <StaleNote problem={read.problem} hasValue={false} />
        {!read.problem && <p class="soft">{words.loading}</p>}
      </>
    );
  }
  const { value: concert, etag } = read.value;
  return (
    <ConcertContext.Provider value={{ concert, etag, refresh: read.refresh, replace: read.replace }}>
      <div class="concert-head">
        <div>
          <p class="crumb"><a href={hrefOf(["concerts"])}>{words.nav.concerts}</a> / {id}</p>
          <ViewTitle of={`concert-${id}-${tab.name}`}>{concert.title}</ViewTitle>
          <p>
            <PhasePill phase={concert.phase} />
            <span class="soft">
              {concert.phase === "scheduled" && concert.opensAt ? " " + words.concerts.opens(formatMoment(concert.opensAt)) : ""}
              {concert.phase !== "closed" && concert.closesAt ? " " + words.concerts.closes(formatMoment(concert.closesAt)) : ""}
            </span>
          </p>
        </div>
        {session.may("operate") && <PhaseButtons />}
      </div>
      <StaleNote problem={read.problem} hasValue />
      <nav class="tabs" aria-label={w.label}>
        {tabs.map(({ name, label }) => (
          <a key={name} href={hrefOf(["concerts", id, name])} aria-current={tab.name === name ? "page" : undefined}>{label}</a>
        ))}
      </nav>
      {tab.view(route)}
    </ConcertContext.Provider>
  );
}
