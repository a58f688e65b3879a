/** Lines of several containers, merged by the time that each has. */
import { parseTime, type Instant } from '../base/time.ts';

export interface LogLine {
  readonly server: string;
  /** Which of several replicas there. */
  readonly slot: string;
  readonly at: Instant;
  readonly text: string;
}

/** A line of `follow.sh`; nothing where it is none. */
export function logLine(server: string, line: string): LogLine | undefined {
  const [, slot = '', time = '', text = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? [];
  const at = parseTime(time);
  return at === undefined ? undefined : { server, slot, at, text };
}

/** What one server is later than another is made up for by this. */
const HOLD_MS = 1_000;
/** More is not kept back. */
const LIMIT = 5_000;

/** Keeps lines back for a moment, so that those of all servers come in the order of their times. */
export class LogMerge {
  #waiting: { readonly line: LogLine; readonly since: Instant }[] = [];

  add(line: LogLine, now: Instant): void {
    this.#waiting.push({ line, since: now });
  }

  /** Those that have waited long enough, and what comes before them. */
  take(now: Instant): readonly LogLine[] {
    const all = this.#waiting.sort((a, b) => a.line.at - b.line.at);
    const ripe = all.findLastIndex(({ since }) => now - since >= HOLD_MS) + 1;
    const count = Math.max(ripe, all.length - LIMIT);
    this.#waiting = all.slice(count);
    return all.slice(0, count).map(({ line }) => line);
  }
}
