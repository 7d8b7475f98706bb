// Reads something again and again while the page is visible.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../../client/src/problem";
import { useSession } from "../session";

export interface Polled<T> {
  value: T | undefined;
  /** Why the last read failed; the value is that of the read before. */
  problem: unknown;
  refresh(): void;
  /** Shows what an act has returned, before the next read. */
  replace(value: T): void;
}

/** `everyMs` 0: once. Reads anew when `of` changes. */
export function usePolled<T>(everyMs: number, of: string, read: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const session = useSession();
  const [state, setState] = useState<{ of: string; value?: T; problem?: unknown }>({ of });
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;

  useEffect(() => {
    const stop = new AbortController();
    let timer = 0, first = true;
    const once = async () => {
      if (first || !document.hidden) {
        first = false;
        try {
          const value = await latest.current(stop.signal);
          if (!stop.signal.aborted) setState({ of, value });
        } catch (problem) {
          if (stop.signal.aborted) return;
          if (problem instanceof Problem && problem.status === 401) return session.expire();
          setState((before) => (before.of === of && before.value !== undefined ? { of, value: before.value, problem } : { of, problem }));
        }
      }
      if (everyMs && !stop.signal.aborted) timer = window.setTimeout(once, everyMs * (0.9 + 0.2 * Math.random()));
    };
    void once();
    const seen = () => {
      if (document.hidden || !everyMs) return;
      clearTimeout(timer);
      void once();
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [of, everyMs, round]);

  const refresh = useCallback(() => setRound((now) => now + 1), []);
  const replace = useCallback((value: T) => setState({ of, value }), [of]);
  return { value: state.of === of ? state.value : undefined, problem: state.of === of ? state.problem : undefined, refresh, replace };
}
