// Server-sent events, read from a fetch: EventSource cannot send a token.
import type { RequestOptions, Transport } from "./transport.js";

export interface ServerEvent {
  name: string;
  data: string;
}

export interface StreamEnd {
  /** The server said 204: there is nothing to watch any more. */
  over: boolean;
  /** When to connect again, as the server said. */
  retryMs: number;
  events: number;
}

const firstBytesMs = 15_000;
const silenceMs = 40_000;

/** Reads one response to its end. Each sign of life calls onAlive; a silent stream is given up. */
export async function readStream(
  transport: Transport, path: string, options: RequestOptions, onEvent: (event: ServerEvent) => void, onAlive: () => void,
): Promise<StreamEnd> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener("abort", abort);
  let silence = setTimeout(abort, firstBytesMs);
  const end: StreamEnd = { over: false, retryMs: 3000, events: 0 };
  try {
    const response = await transport.send("GET", path, { ...options, signal: stop.signal, accept: "text/event-stream" });
    if (response.status === 204 || !response.body) return { ...end, over: response.status === 204 };
    const reader = response.body.getReader(), decoder = new TextDecoder();
    for (let text = ""; ;) {
      const { value, done } = await reader.read();
      if (done) return end;
      clearTimeout(silence);
      silence = setTimeout(abort, silenceMs);
      onAlive();
      const blocks = (text + decoder.decode(value, { stream: true })).split("\n\n");
      text = blocks.pop()!;
      for (const block of blocks) readBlock(block, end, onEvent);
    }
  } catch (error) {
    if (stop.signal.aborted && !options.signal?.aborted) return end;
    throw error;
  } finally {
    clearTimeout(silence);
    options.signal?.removeEventListener("abort", abort);
    stop.abort();
  }
}

function readBlock(block: string, end: StreamEnd, onEvent: (event: ServerEvent) => void): void {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    const field = at < 0 ? line : line.slice(0, at), value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "event") name = value;
    else if (field === "data") data.push(value);
    else if (field === "retry" && /^\d+$/.test(value)) end.retryMs = Number(value);
  }
  if (!data.length) return;
  ++end.events;
  onEvent({ name, data: data.join("\n") });
}
