import { clean, say, type Clean } from '../base/clean.ts';
import type { At, Finding } from '../base/finding.ts';

/** One kind of problem in a file's data. `which` is the name of what has it: the first one, and how many more. */
export interface Problem {
  readonly severity: Finding['severity'];
  readonly text: (which: Clean) => Clean;
}

/** Collects problems by kind, so that a thousand equal ones become one finding, at the place of the first. */
export class Tally<Code extends string> {
  private readonly problems: Readonly<Record<Code, Problem>>;
  private readonly cases = new Map<Code, { readonly first: string; readonly at: At; count: number }>();

  constructor(problems: Readonly<Record<Code, Problem>>) {
    this.problems = problems;
  }

  /** `which` may be as it stands in the file; it is cleaned when it is shown. */
  add(code: Code, which: string, at: At): void {
    const known = this.cases.get(code);
    if (known) known.count++;
    else this.cases.set(code, { first: which, at, count: 1 });
  }

  findings(): readonly Finding[] {
    return [...this.cases].map(([code, { first, at, count }]) => {
      const { severity, text } = this.problems[code];
      const name = clean(first, 120);
      return {
        severity,
        code,
        text: text(count === 1 ? name : say('{0} and {1} more', name, count - 1)),
        at,
      };
    });
  }
}
