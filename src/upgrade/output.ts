/** What a run on a server prints: lines for people, and among them what its journal says. */
import { StringDecoder } from 'node:string_decoder';
import { clean, type Clean } from '../base/clean.ts';

/** Who is told of it. */
export interface Heard {
  readonly log: (line: Clean) => void;
  /** "begin 1.1.0", "verified 1.1.0", "undoing"… as the journal on the server has it. */
  readonly event: (event: Clean) => void;
}

const LINE_LIMIT = 10_000;

export class Output {
  readonly #heard: Heard;
  #decoder = new StringDecoder();
  #rest = '';
  #why: Clean | undefined;
  #last: Clean | undefined;
  #isUndoing = false;
  #hasBegun = false;

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  /** Why it failed: the last thing it said before it began to undo. */
  get why(): Clean | undefined {
    return this.#why ?? this.#last;
  }

  /** Its journal has said something: it was more than an attempt. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  begin(): void {
    this.#decoder = new StringDecoder();
    this.#rest = '';
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, LINE_LIMIT);
    for (const line of lines) this.#line(line);
  }

  end(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  #line(text: string): void {
    const line = clean(text, 1_000);
    if (line === '') return;
    const event = /^== (.*)/.exec(line)?.[1];
    if (event !== undefined) {
      this.#hasBegun = true;
      this.#isUndoing ||= event === 'undoing';
      this.#heard.event(clean(event));
      return;
    }
    this.#heard.log(line);
    if (this.#isUndoing && this.#why !== undefined) return;
    const failure = /^FAILED: (.*)/.exec(line)?.[1];
    if (failure !== undefined) this.#why = clean(failure, 1_000);
    else if (!this.#isUndoing) this.#last = line;
  }
}
