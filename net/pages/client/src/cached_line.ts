// The place of a waiting user, from the line that a cache in front of the server keeps for all users.
import { Bits } from "./bits.js";
import type { Transport } from "./transport.js";
import type { LineBlock, LineView, QueueEntry } from "./types.js";

const lookFarMs = 5000, lookNearMs = 1000, lookMsPerPlace = 5;

export interface Look {
  /** The place as of the cache's copy; a position never rises. */
  entry: QueueEntry;
  /** The server knows more: the turn has come, the place is over, or the shuffle has decided it. */
  isDue: boolean;
  waitMs: number;
  /** Without a read of the token for so long, the place is over. */
  idleMs: number;
}

/** Computes the position of a waiting entry anew. `path` is the concert's; nowMs the server's time. */
export async function lookAtLine(transport: Transport, path: string, entry: QueueEntry, nowMs: number, signal?: AbortSignal): Promise<Look> {
  const line = await transport.once<LineView>("GET", `${path}/line`, { cached: true, signal });
  const place = entry.place ?? entry.number;
  const look = (position: number, isDue: boolean): Look => {
    const estimatedWaitSeconds = isDue || line.shuffle === "pending" ? null : estimate(line, position, nowMs);
    // No later than half of the rest, and in time for a sign of life.
    const idleMs = line.idleSeconds * 1000, halfMs = Math.max(lookNearMs, (estimatedWaitSeconds ?? Infinity) * 500);
    const waitMs = Math.min(lookFarMs, lookNearMs + position * lookMsPerPlace, halfMs, idleMs / 3);
    return { entry: { ...entry, position, waiting: line.waiting, phase: line.phase, estimatedWaitSeconds }, isDue, waitMs, idleMs };
  };
  if (line.shuffle === "pending") return look(line.waiting, false);
  if (entry.shuffle === "pending" || place <= line.admittedUpTo) return look(entry.position, true);
  const index = Math.floor((place - 1) / line.blockPlaces);
  const block = await transport.once<LineBlock>("GET", `${path}/line/blocks/${index}`, { cached: true, signal });
  const bit = (place - 1) % line.blockPlaces;
  // The cache's copy is older than the place.
  if (bit >= block.places) return look(entry.position, false);
  const position = positionIn(block, bit);
  return position === null ? look(entry.position, true) : look(Math.min(position, entry.position), false);
}

/** The position of the place of this bit; null if it does not wait. */
export function positionIn(block: LineBlock, bit: number): number | null {
  const bits = new Bits(block.bits);
  if (!bits.at(bit)) return null;
  let position = block.waitingBefore + 1;
  for (let before = 0; before < bit; ++before) position += bits.at(before);
  return position;
}

/** The server's own estimate, in seconds; null while unknown. */
function estimate(line: LineView, position: number, nowMs: number): number | null {
  if (line.phase !== "open" && line.phase !== "scheduled") return null;
  const untilOpenMs = line.opensAt ? Math.max(0, Date.parse(line.opensAt) - nowMs) : 0;
  const most = line.admitPerSecond * 60;
  const perMinute = position > line.room ? Math.min(most, line.admittedPerMinute) : most;
  return perMinute === 0 ? null : Math.ceil(untilOpenMs / 1000 + (position * 60) / perMinute);
}
