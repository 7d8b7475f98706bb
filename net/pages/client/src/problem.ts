// What a request that failed throws: a problem of the server (RFC 9457), or that it can't be reached.
import type { components } from "./schema";

export type ProblemBody = Partial<components["schemas"]["Problem"]> & Record<string, unknown>;

/** Slugs of problems that pass by themselves: the same request will do later. */
const passingSlugs = new Set(["payment-in-progress"]);
/** Slugs of problems with a status of 5xx that do not pass within moments. */
const lastingSlugs = new Set(["line-full"]);

export class Problem extends Error {
  /** 0 if the server was not reached. */
  readonly status: number;
  /** The last part of the problem's type, such as "seat-unavailable"; "network" and "http" where there is none. */
  readonly slug: string;
  readonly body: ProblemBody;
  /** What Retry-After asks for, in milliseconds; 0 without it. */
  readonly retryAfterMs: number;

  constructor(status: number, body: ProblemBody, retryAfterMs = 0) {
    super(body.detail ?? body.title ?? (status ? `HTTP ${status}` : "The server cannot be reached."));
    this.name = "Problem";
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfterMs;
    this.slug = body.type?.replace(/^.*\/problems\//, "") || (status ? "http" : "network");
  }

  /** Whether the same request may succeed later as it is: send it again, with the same Idempotency-Key. */
  get passing(): boolean {
    if (this.status === 0 || this.status === 429) return true;
    return this.status >= 500 ? !lastingSlugs.has(this.slug) : passingSlugs.has(this.slug);
  }

  /** The problem that a response tells. Reads its body. */
  static async of(response: Response): Promise<Problem> {
    let body: ProblemBody = {};
    try {
      const told: unknown = await response.json();
      if (told && typeof told === "object") body = told as ProblemBody;
    } catch {
      // A proxy's page, or a connection that broke: the status says enough.
    }
    return new Problem(response.status, body, retryAfterMs(response.headers.get("Retry-After")));
  }

  /** No response came, or none that could be read. */
  static unreachable(): Problem {
    return new Problem(0, {});
  }
}

function retryAfterMs(header: string | null): number {
  if (!header) return 0;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const until = Date.parse(header) - Date.now();
  return until > 0 ? until : 0;
}
