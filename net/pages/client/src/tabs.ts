// One connection for many tabs: the tab that has the lock works, and tells the others what it hears.
//
// Without Web Locks (old browsers, pages without TLS) each tab works for itself.

/** Does the work of a leader until the signal ends, and hands every message to its own tab and all others. */
export type Lead<T> = (tell: (message: T) => void, signal: AbortSignal) => Promise<void>;

/** Runs `lead` in one tab at a time; `heard` gets its messages in all. A tab that comes later hears the last one. */
export async function shareWork<T>(name: string, lead: Lead<T>, heard: (message: T) => void, signal: AbortSignal): Promise<void> {
  const locks = globalThis.navigator?.locks;
  if (!locks || typeof BroadcastChannel === "undefined") return lead((message) => { if (!signal.aborted) heard(message); }, signal);
  const channel = new BroadcastChannel(name);
  let last: { message: T } | null = null, leading = false;
  channel.onmessage = ({ data }: MessageEvent<{ message: T } | "hello">) => {
    if (data !== "hello") heard(data.message);
    else if (leading && last) channel.postMessage(last);
  };
  channel.postMessage("hello");
  const tell = (message: T) => {
    if (signal.aborted) return;
    last = { message };
    channel.postMessage(last);
    heard(message);
  };
  try {
    await locks.request(name, { signal }, async () => {
      leading = true;
      await lead(tell, signal);
    });
  } finally {
    channel.close();
  }
}
