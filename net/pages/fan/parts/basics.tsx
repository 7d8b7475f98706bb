// Small parts of every view: headings that take the focus, buttons, countdowns, problems, questions.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { client, type Act } from "../session";
import { explain, formats, words } from "../words";
import { speak } from "./speech";

let shownBefore = false;

/** The heading of a view, or of a stage in it: it takes the focus when it appears, except at the first load. */
export function Heading({ children, title }: { children: ComponentChildren; title?: string }) {
  const node = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (shownBefore) {
      node.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    shownBefore = true;
  }, []);
  useEffect(() => {
    document.title = `${title ?? node.current?.textContent ?? ""} \u00b7 frontrow`;
  });
  return <h1 ref={node} tabIndex={-1}>{children}</h1>;
}

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  kind?: "main" | "quiet";
  busy?: boolean;
  submit?: boolean;
}

/** A button that keeps the focus while it is busy. */
export function Button({ children, onClick, kind, busy, submit }: ButtonProps) {
  const press = (event: Event) => {
    event.preventDefault();
    if (!busy) onClick();
  };
  return (
    <button type={submit ? "submit" : "button"} class={kind} aria-disabled={busy ? "true" : undefined} onClick={press}>{children}</button>
  );
}

/** The problem of an act, beside it. */
export function ActProblem({ act }: { act: Act }) {
  return <div role="alert">{act.problem ? <p class="problem">{explain(act.problem)}</p> : null}</div>;
}

/** Seconds until a moment by the server's clock, as they pass. */
export function useSecondsLeft(until: string | null | undefined): number {
  const left = () => (until ? Math.max(0, Math.floor((Date.parse(until) - client.now()) / 1000)) : 0);
  const [, refresh] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => refresh(left()), 250);
    return () => clearInterval(timer);
  }, [until]);
  return left();
}

const spokenAt = new Set([300, 180, 120, 60, 30, 10]);

const clockMax = 48 * 3600;

/** Counts down to a moment, by the clock when it is near; at some of the last minutes it is spoken. */
export function Countdown({ until, spoken }: { until: string; spoken?: (time: string) => string }) {
  const seconds = useSecondsLeft(until);
  useEffect(() => {
    if (spoken && spokenAt.has(seconds)) speak(spoken(formats.duration(seconds)));
  }, [seconds]);
  return <span role="timer" class={seconds <= 60 ? "countdown late" : "countdown"}>{seconds > clockMax ? formats.duration(seconds) : formats.countdown(seconds)}</span>;
}

interface QuestionProps {
  title: string;
  text: string;
  yes: string;
  no: string;
  open: boolean;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before something that can't be undone. */
export function Question({ title, text, yes, no, open, onYes, onClose }: QuestionProps) {
  const node = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) node.current?.showModal();
    else node.current?.close();
  }, [open]);
  return (
    <dialog ref={node} onClose={onClose} aria-labelledby="question">
      <h2 id="question">{title}</h2>
      <p>{text}</p>
      <div class="row end">
        <Button onClick={onClose}>{no}</Button>
        <Button kind="main" onClick={() => { onClose(); onYes(); }}>{yes}</Button>
      </div>
    </dialog>
  );
}

/** A button that asks first. */
export function AskButton({ label, busy, onYes, ...question }: { label: string; busy?: boolean } & Omit<QuestionProps, "open" | "onClose">) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="quiet" busy={busy ?? false} onClick={() => setOpen(true)}>{label}</Button>
      <Question {...question} open={open} onYes={onYes} onClose={() => setOpen(false)} />
    </>
  );
}

export function Loading() {
  return <p class="soft loading">{words.loading}</p>;
}
