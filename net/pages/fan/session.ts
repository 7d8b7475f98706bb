// What the whole page shares: the client of the server, and hooks for what changes by itself.
import { FrontrowClient, Problem, type Concert, type Visit, type VisitState } from "@frontrow/client";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";

// Where fans sign in with the shop, its page leads here with the shop's token behind #identity=.
function takeIdentity(): string | null {
  const given = /[#&]identity=([\w.-]+)/.exec(location.hash)?.[1];
  try {
    if (given) {
      sessionStorage.setItem("frontrow.identity", given);
      history.replaceState(null, "", "#/");
    }
    return given ?? sessionStorage.getItem("frontrow.identity");
  } catch {
    return given ?? null;
  }
}

const identity = takeIdentity();
export const client = new FrontrowClient(identity ? { identity: () => identity } : {});

/** Follows every place of this browser from now on, whatever is shown. */
export function followPlaces(): void {
  for (const concertId of client.places) client.visit(concertId).start();
}

/** The visit's state, as it changes. */
export function useVisit(visit: Visit): VisitState {
  const [, refresh] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = visit.subscribe(() => refresh(undefined));
    refresh(undefined);
    return stop;
  }, [visit]);
  return visit.state;
}

export interface Polled<T> {
  value: T | null;
  problem: unknown;
  /** Reads now. */
  refresh(): void;
}

/** Reads again and again while the page is visible. A problem that does not pass ends it. */
export function usePolled<T>(read: (signal: AbortSignal) => Promise<T>, everyMs: number, inputs: unknown[]): Polled<T> {
  const [state, setState] = useState<{ value: T | null; problem: unknown }>({ value: null, problem: null });
  const now = useRef<() => void>(() => {});
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0, reading = false;
    const run = async () => {
      if (reading || stop.signal.aborted) return;
      clearTimeout(timer);
      reading = true;
      try {
        const value = await read(stop.signal);
        if (!stop.signal.aborted) setState({ value, problem: null });
      } catch (problem) {
        if (!stop.signal.aborted) setState((before) => ({ value: before.value, problem }));
        if (problem instanceof Problem && problem.status === 404) return;
      } finally {
        reading = false;
      }
      timer = window.setTimeout(() => { if (!document.hidden) void run(); }, everyMs * (0.8 + 0.4 * Math.random()));
    };
    const seen = () => { if (!document.hidden) void run(); };
    now.current = seen;
    document.addEventListener("visibilitychange", seen);
    void run();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, inputs);
  return { ...state, refresh: () => now.current() };
}

export function useConcert(concertId: number, everyMs: number): Polled<Concert> {
  return usePolled((signal) => client.readConcert(concertId, signal), everyMs, [concertId, everyMs]);
}

/** Why nothing comes from the server at the moment; "offline" if the browser knows that itself. */
export function useOutage(): Problem | "offline" | null {
  const [state, setState] = useState({ problem: client.outage, online: navigator.onLine });
  useEffect(() => {
    const update = () => setState({ problem: client.outage, online: navigator.onLine });
    const stop = client.onOutage(update);
    window.addEventListener("online", update);
    window.addEventListener("offline", update);
    update();
    return () => {
      stop();
      window.removeEventListener("online", update);
      window.removeEventListener("offline", update);
    };
  }, []);
  return state.online ? state.problem : "offline";
}

export interface Act {
  busy: boolean;
  problem: unknown;
  run(work: () => Promise<unknown>): Promise<void>;
  clear(): void;
}

/** What a button does: once at a time, with its problem kept for showing. */
export function useAct(): Act {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const running = useRef(false), there = useRef(true);
  useEffect(() => () => { there.current = false; }, []);
  const run = async (work: () => Promise<unknown>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (there.current) setProblem(error);
    }
    running.current = false;
    if (there.current) setBusy(false);
  };
  return { busy, problem, run, clear: () => setProblem(null) };
}
