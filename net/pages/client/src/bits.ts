// Bits as the API sends them: base64, the least significant bit of a byte first.

export class Bits {
  readonly #bytes: string;

  constructor(base64: string) {
    this.#bytes = atob(base64);
  }
  /** 1 or 0; 0 beyond the last byte. */
  at(index: number): number {
    return (this.#bytes.charCodeAt(index >> 3) >> (index & 7)) & 1;
  }
}
