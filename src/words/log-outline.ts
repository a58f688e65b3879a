import { clean, say, type Clean } from '../base/clean.ts';
import { parseTime, type Instant } from '../base/time.ts';
import { environmentIn, phaseIn, timedLine } from '../state/tako/log-line.ts';
import { span } from './ages.ts';
import { describe } from './names.ts';

/** A part of a log. Lines count from 0; `to` is its last one. */
export interface Section {
  readonly name: Clean;
  readonly detail: Clean;
  readonly kind: 'deployment' | 'phase' | 'error';
  readonly from: number;
  readonly to: number;
  readonly children: readonly Section[];
}

interface Open extends Section {
  detail: Clean;
  to: number;
  readonly children: Open[];
  readonly at?: Instant;
}

const ERROR = /^(?:error|fatal|panic|failed)\b|\b(?:error|fatal|panic):/i;
/** More are not listed: such a log is read from its end. */
const ERROR_LIMIT = 1_000;
const NAME_LIMIT = 120;

/** A log as deployments, their phases, and the lines that tell of an error, each within the part it happened in. */
export function outlineOf(lines: readonly string[]): readonly Section[] {
  const sections: Open[] = [];
  let deployment: Open | undefined;
  let phase: Open | undefined;
  let errors = 0;
  const add = (section: Open, parent: Open | undefined): Open => {
    (parent?.children ?? sections).push(section);
    return section;
  };
  for (const [line, each] of lines.entries()) {
    const { time, text } = timedLine(each) ?? { text: each };
    const at = parseTime(time);
    const begin = (name: Clean, kind: Section['kind'], detail: Clean): Open => {
      return { name, kind, detail, from: line, to: line, children: [], at };
    };
    const environment = environmentIn(text);
    const found = phaseIn(text);
    if (environment !== undefined) deployment = undefined;
    if (environment !== undefined || found?.status === 'started') phase = undefined;
    if (each !== '') for (const open of [deployment, phase]) if (open) open.to = line;
    if (environment !== undefined) {
      const name = say('Deployment to {0}', clean(environment));
      deployment = add(begin(name, 'deployment', clean(time)), undefined);
    } else if (found?.status === 'started') {
      phase = add(begin(clean(found.name), 'phase', say('running')), deployment);
    } else if (found) {
      const name = clean(found.name);
      const open = phase?.name === name ? phase : add(begin(name, 'phase', clean(found.status)), deployment);
      open.detail = describe(clean(found.status), took(open.at, at));
      phase = undefined;
    } else if (ERROR.test(text) && errors < ERROR_LIMIT) {
      errors++;
      add(begin(clean(text, NAME_LIMIT), 'error', clean(time)), phase ?? deployment);
    }
  }
  return sections;
}

function took(from: Instant | undefined, to: Instant | undefined): Clean | undefined {
  return from === undefined || to === undefined || to <= from ? undefined : span(to - from);
}

/** The first and last line of what can be folded: the parts, and lines without a time below the one they belong to. */
export function foldsOf(lines: readonly string[]): readonly (readonly [from: number, to: number])[] {
  const folds: (readonly [number, number])[] = [];
  const collect = ({ from, to, children }: Section): void => {
    folds.push([from, to]);
    children.forEach(collect);
  };
  outlineOf(lines).forEach(collect);
  let timed = 0;
  for (const [line, each] of [...lines, '[end of the log]'].entries()) {
    if (each !== '' && line < lines.length && !timedLine(each)) continue;
    folds.push([timed, line - 1]);
    timed = line;
  }
  return folds.filter(([from, to]) => to > from);
}
