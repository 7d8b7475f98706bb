// Waits for conditions. Tests never sleep for a fixed time.

export const patienceMs = 20_000;
const everyMs = 40;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** No waiting helps: thrown by what until() asks. */
export class Final extends Error {}

/** Asks until the result is true and no longer fails; returns it. Fails with the last result after 20 s. */
export async function until(what, ask, patience = patienceMs) {
  const end = Date.now() + patience;
  for (;;) {
    let last;
    try {
      last = await ask();
      if (last) return last;
    } catch (problem) {
      if (problem instanceof Final) throw problem;
      last = problem;
    }
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}${last === undefined ? "" : ` (last: ${last})`}`);
    await pause(everyMs);
  }
}
