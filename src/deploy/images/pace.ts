const EVERY_MS = 5_000;

/** Tells every few seconds how many bytes have gone by, and at the end. */
export class Pace {
  readonly #tell: (bytes: number) => void;
  #bytes = 0;
  #told = Date.now();

  constructor(tell: (bytes: number) => void) {
    this.#tell = tell;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (Date.now() - this.#told >= EVERY_MS) this.end();
  }

  /** The same chunks, counted. */
  async *of(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.add(chunk.length);
      yield chunk;
    }
  }

  end(): void {
    this.#told = Date.now();
    this.#tell(this.#bytes);
  }
}
