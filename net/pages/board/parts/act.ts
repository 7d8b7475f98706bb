// Runs what a button does, one at a time, and keeps its Idempotency-Key until the outcome is known.
import { useEffect, useRef, useState } from "preact/hooks";
import { newAct, type Attempt } from "../../client/src/operator";
import { Problem } from "../../client/src/problem";
import { useSession } from "../session";
import { say } from "./notices";

export interface ActState {
  busy: boolean;
  problem: unknown;
  clear(): void;
  /** `of` is what the act is about: the same act again, after an unknown outcome, has the same key. */
  run(of: unknown, work: (attempt: Attempt) => Promise<string | void>): Promise<boolean>;
}

/** The text that `work` returns is told to the operator. */
export function useAct(): ActState {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const open = useRef<{ of: string; attempt: Attempt } | null>(null);
  const running = useRef(false);
  const here = useRef(true);
  useEffect(() => () => { here.current = false; }, []);

  const run = async (of: unknown, work: (attempt: Attempt) => Promise<string | void>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    const about = JSON.stringify(of);
    if (open.current?.of !== about) open.current = { of: about, attempt: newAct() };
    setBusy(true);
    setProblem(null);
    let fault: unknown = null;
    try {
      const text = await work(open.current.attempt);
      if (text) say(text);
    } catch (error) {
      fault = error ?? new Error("unknown");
    }
    running.current = false;
    if (!(fault instanceof Problem && fault.passing)) open.current = null;
    if (fault instanceof Problem && fault.status === 401) session.expire();
    if (here.current) {
      setBusy(false);
      setProblem(fault);
    }
    return fault === null;
  };
  return { busy, problem, run, clear: () => setProblem(null) };
}
