/** What `check.sh` printed: names with values, one a line. What is no such line is passed over. */
export class Lines {
  /** From the first to the last line. */
  readonly isWhole: boolean;
  readonly #values = new Map<string, string[]>();

  constructor(output: string) {
    const lines = output.split('\n').flatMap(line => {
      const tab = line.indexOf('\t');
      return tab < 0 ? [] : [{ name: line.slice(0, tab), value: line.slice(tab + 1) }];
    });
    for (const { name, value } of lines.slice(0, LIMIT)) {
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }
    this.isWhole = lines[0]?.name === 'begin' && lines.at(-1)?.name === 'end' && lines.length <= LIMIT;
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  first(name: string): string | undefined {
    return this.all(name)[0];
  }

  /** The numbers of a line that has nothing else; nothing where it has. */
  numbers(name: string): readonly number[] {
    const numbers = (this.first(name) ?? '').split(' ').map(each => (each === '' ? NaN : Number(each)));
    return numbers.every(each => Number.isFinite(each)) ? numbers : [];
  }
}

const LIMIT = 20_000;
