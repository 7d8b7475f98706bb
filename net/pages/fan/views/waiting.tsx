// The waiting room: place, people before and behind, estimate, and what is left meanwhile.
import type { Concert, QueueEntry, Visit } from "@frontrow/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { ActProblem, AskButton, Countdown, Heading } from "../parts/basics";
import { SeatsLeft } from "../parts/prices";
import { speak } from "../parts/speech";
import { useAct } from "../session";
import { askForNotifications, notificationState, soundWanted, wantSound } from "../turn";
import { formats, words } from "../words";

interface WaitingProps {
  concert: Concert;
  visit: Visit;
  entry: QueueEntry;
}

const speakEveryMs = 30_000;

export function WaitingView({ concert, visit, entry }: WaitingProps) {
  const leaving = useAct();
  useSpokenPlace(entry);
  return (
    <div class="columns">
      <div>
        <p class="crumb">{concert.title}</p>
        <Heading title={titleOf(entry)}>{words.wait.title}</Heading>
        <PlaceCard concert={concert} entry={entry} />
        <AlertCard />
        <p class="soft">{words.wait.keep}</p>
        <div class="row">
          <AskButton label={words.wait.leave} title={words.wait.leaveTitle} text={words.wait.leaveText} yes={words.wait.leave} no={words.wait.stay}
            busy={leaving.busy} onYes={() => void leaving.run(() => visit.leave())} />
        </div>
        <ActProblem act={leaving} />
      </div>
      <SeatsLeft concert={concert} />
    </div>
  );
}

function titleOf(entry: QueueEntry): string {
  return entry.shuffle === "pending" ? words.wait.title : `${formats.number(entry.position)} \u00b7 ${words.wait.title}`;
}

function PlaceCard({ concert, entry }: { concert: Concert; entry: QueueEntry }) {
  const pending = entry.shuffle === "pending";
  const before = Math.max(0, entry.position - 1), behind = Math.max(0, entry.waiting - entry.position);
  const farthest = useFarthest(entry);
  return (
    <section class="card place" aria-label={words.wait.place}>
      {pending ? <p class="big">?</p> : <p class="big"><span class="unseen">{words.wait.place}: </span>{formats.number(entry.position)}</p>}
      <p class="estimate">{stateText(concert, entry)}</p>
      {concert.phase === "scheduled" && concert.opensAt && (
        <p class="opening"><span class="soft">{words.join.opensIn}</span> <Countdown until={concert.opensAt} /></p>
      )}
      {!pending && <progress max={farthest} value={farthest - entry.position} aria-label={words.wait.place} />}
      {!pending && (
        <dl class="around">
          <div><dd>{formats.number(before)}</dd><dt>{words.wait.before(before)}</dt></div>
          <div><dd>{formats.number(behind)}</dd><dt>{words.wait.behind(behind)}</dt></div>
        </dl>
      )}
      <p class="soft small">{words.wait.number(formats.number(entry.number))}</p>
    </section>
  );
}

function stateText(concert: Concert, entry: QueueEntry): string {
  const phase = entry.phase ?? concert.phase, seconds = entry.estimatedWaitSeconds;
  if (entry.shuffle === "pending") return words.wait.pending;
  if (phase === "scheduled") return words.wait.scheduled;
  if (phase === "closed") return words.wait.closed;
  if (phase === "paused") return words.wait.paused;
  if (seconds === null) return words.wait.unknown;
  return seconds < 5 ? words.wait.soon : words.wait.estimate(formats.duration(seconds));
}

/** The farthest place that this browser saw of this number: where the bar began. */
function useFarthest(entry: QueueEntry): number {
  const key = `frontrow.farthest.${entry.concertId}.${entry.number}`;
  const [farthest, setFarthest] = useState(() => {
    try {
      return Number(sessionStorage.getItem(key)) || entry.position;
    } catch {
      return entry.position;
    }
  });
  useEffect(() => {
    if (entry.position > farthest) setFarthest(entry.position);
    try {
      sessionStorage.setItem(key, String(Math.max(farthest, entry.position)));
    } catch {
      // The bar begins anew after a reload.
    }
  }, [entry.position, farthest]);
  return Math.max(farthest, entry.position);
}

// Not each change: at most one every half minute, and the last few.
function useSpokenPlace(entry: QueueEntry): void {
  const spokenAt = useRef(0), spoken = useRef(0);
  useEffect(() => {
    if (entry.shuffle === "pending" || entry.position === spoken.current) return;
    const now = Date.now();
    if (now - spokenAt.current < (entry.position <= 3 ? 3000 : speakEveryMs)) return;
    spokenAt.current = now;
    spoken.current = entry.position;
    speak(words.wait.said(formats.number(entry.position), formats.number(entry.position - 1)));
  }, [entry.position]);
}

function AlertCard() {
  const [sound, setSound] = useState(soundWanted());
  const [permission, setPermission] = useState(notificationState());
  const changeSound = (on: boolean) => {
    wantSound(on);
    setSound(on);
  };
  return (
    <fieldset class="card alerts">
      <legend>{words.wait.alertTitle}</legend>
      <label class="check"><input type="checkbox" checked={sound} onChange={(event) => changeSound(event.currentTarget.checked)} />{words.wait.sound}</label>
      {permission !== "missing" && (
        <label class="check">
          <input type="checkbox" checked={permission === "granted"} aria-disabled={permission !== "default"}
            onClick={(event) => {
              event.preventDefault();
              if (permission === "default") void askForNotifications().then(setPermission);
            }} />
          {words.wait.notify}
        </label>
      )}
      {permission === "denied" && <p class="soft small">{words.wait.notifyDenied}</p>}
    </fieldset>
  );
}
