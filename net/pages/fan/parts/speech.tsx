// What is said to everyone at the moment: notes that stay until they are dismissed, and texts for screen readers.
import { useEffect, useState } from "preact/hooks";
import { words } from "../words";

export interface Note {
  text: string;
  good: boolean;
}

let note: Note | null = null, spoken = "";
const listeners = new Set<() => void>();
const tellAll = () => { for (const listener of [...listeners]) listener(); };

/** Shows a note over the page, in place of the one before. */
export function say(text: string, good = false): void {
  note = { text, good };
  tellAll();
}
export function sayNothing(): void {
  if (!note) return;
  note = null;
  tellAll();
}
/** For screen readers only, when they have said what they are at. */
export function speak(text: string): void {
  spoken = text;
  tellAll();
}

/** The place of notes and texts; there is one in the page. */
export function Speech() {
  const [, refresh] = useState(0);
  useEffect(() => {
    const listener = () => refresh((count) => count + 1);
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }, []);
  return (
    <>
      <div class="unseen" role="status">{spoken}</div>
      <div class="notes" role="status">
        {note && (
          <div class={note.good ? "note good" : "note"}>
            <span>{note.text}</span>
            <button type="button" onClick={sayNothing} aria-label={words.dismiss}>{"\u2715"}</button>
          </div>
        )}
      </div>
    </>
  );
}
