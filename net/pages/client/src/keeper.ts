// What a browser keeps over reloads, crashes and second tabs. Without storage, as in some private windows,
// it is kept until the page is closed.

export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Keeper {
  readonly #store: KeyValueStore | null;
  readonly #prefix: string;
  readonly #memory = new Map<string, string>();

  constructor(store: KeyValueStore | null, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  get<T>(key: string): T | null {
    try {
      const text = this.#store?.getItem(this.#prefix + key) ?? this.#memory.get(key);
      return text == null ? null : JSON.parse(text) as T;
    } catch {
      return null;
    }
  }

  /** null forgets. */
  set(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (value === null) this.#memory.delete(key);
    else this.#memory.set(key, text);
    try {
      if (value === null) this.#store?.removeItem(this.#prefix + key);
      else this.#store?.setItem(this.#prefix + key, text);
    } catch {
      // Full or forbidden: memory has it.
    }
  }
}

/** The browser's own store, or none. */
export function browserStore(): KeyValueStore | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/** A random UUID, also where the page has no secure context. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
