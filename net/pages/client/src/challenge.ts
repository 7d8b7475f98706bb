// Solves the proof of work that a sale may ask for before a join: ALTCHA's proof of work 2.
import { hexOf, sha256 } from "./sha256.js";
import { pause } from "./transport.js";
import type { Challenge } from "./types.js";

const sliceMs = 12;

function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
}

/** The payload for the join. The page stays usable meanwhile. */
export async function solveChallenge(challenge: Challenge, signal?: AbortSignal): Promise<string> {
  const { parameters, signature } = challenge;
  const salt = bytesOfHex(parameters.salt), nonce = bytesOfHex(parameters.nonce);
  const input = new Uint8Array(nonce.length + salt.length + 4);
  input.set(salt);
  input.set(nonce, salt.length);
  const counterAt = new DataView(input.buffer, salt.length + nonce.length);
  for (let counter = 0, until = Date.now() + sliceMs; ; ++counter) {
    counterAt.setUint32(0, counter);
    const derivedKey = hexOf(sha256(input));
    if (derivedKey.startsWith(parameters.keyPrefix))
      return btoa(JSON.stringify({ challenge: { parameters, signature }, solution: { counter, derivedKey } }));
    if (Date.now() > until) {
      await pause(0, signal);
      until = Date.now() + sliceMs;
    }
  }
}
