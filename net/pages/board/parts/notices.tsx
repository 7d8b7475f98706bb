// A short text about what was done last, in a live region at the foot of the page.
import { useEffect, useState } from "preact/hooks";
import { words } from "../words";

interface Notice { id: number; text: string }

const shownMs = 6000;
let add: (text: string) => void = () => {};

/** Tells the operator that something was done. */
export function say(text: string): void {
  add(text);
}

export function Notices() {
  const [notices, setNotices] = useState<Notice[]>([]);
  useEffect(() => {
    let next = 0;
    add = (text) => {
      const id = ++next;
      setNotices([{ id, text }]);
      setTimeout(() => setNotices((now) => now.filter((notice) => notice.id !== id)), shownMs);
    };
    return () => { add = () => {}; };
  }, []);
  const drop = (id: number) => setNotices((now) => now.filter((notice) => notice.id !== id));
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.map(({ id, text }) => (
        <div class="notice" key={id}>
          <span>{text}</span>
          <button type="button" class="quiet" onClick={() => drop(id)}>{words.close}</button>
        </div>
      ))}
    </div>
  );
}
