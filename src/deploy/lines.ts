import { StringDecoder } from 'node:string_decoder';

const LONGEST = 10_000;

/** Makes lines of what is printed in pieces. A progress bar, which is drawn over and over in one line, is as many lines. */
export class Lines {
  readonly #take: (line: string) => Promise<void>;
  readonly #longest: number;
  readonly #decoder = new StringDecoder();
  #rest = '';

  constructor(take: (line: string) => Promise<void>, longest = LONGEST) {
    this.#take = take;
    this.#longest = longest;
  }

  async add(chunk: Buffer): Promise<void> {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? '').slice(0, this.#longest);
    for (const line of lines) if (line !== '') await this.#take(line);
  }

  async end(): Promise<void> {
    if (this.#rest !== '') await this.#take(this.#rest);
    this.#rest = '';
  }
}
