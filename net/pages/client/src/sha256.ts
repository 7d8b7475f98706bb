// SHA-256 of short messages (FIPS 180-4). Web Crypto is asynchronous, which is slow for a proof of work, and
// is missing on pages without TLS.

const primes = (count: number): number[] => {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; ++candidate)
    if (found.every((prime) => candidate % prime)) found.push(candidate);
  return found;
};
const fraction = (value: number) => Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
const roundKeys = Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
const initial = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
const words = new Int32Array(64);

function compress(state: Int32Array, block: DataView, offset: number): void {
  for (let at = 0; at < 16; ++at) words[at] = block.getInt32(offset + at * 4);
  for (let at = 16; at < 64; ++at) {
    const x = words[at - 15]!, y = words[at - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[at] = (words[at - 16]! + s0 + words[at - 7]! + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let at = 0; at < 64; ++at) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundKeys[at]! + words[at]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, at) => (state[at] = (state[at]! + value) | 0));
}

/** The digest of a message, as eight words, big endian. */
export function sha256(message: Uint8Array): Int32Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8);
  const state = initial.slice();
  for (let offset = 0; offset < padded.length; offset += 64) compress(state, view, offset);
  return state;
}

export function hexOf(digest: Int32Array): string {
  return [...digest].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
