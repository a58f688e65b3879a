import { clean, cleanLines, join, say, sentence, valueText, type Clean } from '../base/clean.ts';
import type { Change } from '../base/change.ts';
import type { Finding } from '../base/finding.ts';
import type { Plan } from '../operations/operation.ts';

/** A modal is plain text and shows no more. */
const LINES = 8;

/** A plan in a few lines: warnings first, then what would change. `isCut`: the document of it has more. */
export function planLines(plan: Plan): { readonly text: Clean; readonly isCut: boolean } {
  const before = [...warningLines(plan), ...checksLine(plan)];
  const isCut = before.length + restLines(plan).length > LINES;
  // Where not everything can be said, a long list of files must not hide what is done to them.
  const rest = isCut ? [...plan.steps, ...restLines({ ...plan, steps: [] })] : restLines(plan);
  const lines = [...before, ...rest];
  const shown = isCut ? [...lines.slice(0, LINES - 1), more(lines.length - LINES + 1)] : lines;
  return { text: join(shown, '\n'), isCut };
}

/** A plan in one line beside its document: how many checks passed, and what is to be minded. */
export function planLine(plan: Plan): Clean {
  const warnings = warningLines(plan);
  return join(
    [...checksLine(plan), warnings.length > 2 ? say('{0} warnings', warnings.length) : join(warnings, ' · ')],
    ' · ',
  );
}

/** The whole plan as a document, with what each check was judged by. */
export function planDocument(plan: Plan): Clean {
  const checks = checksOf(plan);
  const parts = [
    [plan.title],
    warningLines(plan),
    checks.length > 0 ? [...checksLine(plan), ...checks.map(checkLine)] : [],
    restLines(plan),
  ];
  const texts = parts.filter(lines => lines.length > 0).map(lines => lines.join('\n'));
  return cleanLines(`${texts.join('\n\n')}\n`);
}

/** Whether a check says more than that it failed, or may say something else the next time. */
export function hasChecks(plan: Plan): boolean {
  return checksOf(plan).some(({ severity, evidence }) => severity === 'ok' || evidence !== undefined);
}

/** Why a plan cannot be carried out: what the first check that failed says, and how many others there are. */
export function refusalWords(plan: Plan): Clean | undefined {
  const [first, ...others] = checksOf(plan).filter(({ severity }) => severity === 'error');
  if (!first) return undefined;
  return join(
    [
      say('{0}: not possible.', plan.title),
      judgedLine(first),
      others.length === 1 ? say('One more check failed.') : undefined,
      others.length > 1 ? say('{0} more checks failed.', others.length) : undefined,
    ],
    ' ',
  );
}

function checksOf({ findings }: Plan): readonly Finding[] {
  return findings.filter(({ severity }) => severity === 'ok' || severity === 'error');
}

/** "9 of 9 checks passed", where something was checked that can fail. */
function checksLine(plan: Plan): Clean[] {
  const checks = checksOf(plan);
  const passed = checks.filter(({ severity }) => severity === 'ok').length;
  return checks.length > 0 ? [say('{0} of {1} checks passed', passed, checks.length)] : [];
}

function checkLine(finding: Finding): Clean {
  return join([clean(finding.severity === 'ok' ? '✓' : '✗'), judgedLine(finding)], ' ');
}

/** A check or warning with what it was judged by: one is a sentence, the other is none, wherever they come from. */
export function judgedLine({ text, evidence }: Finding): Clean {
  return withEvidence(sentence(text), evidence && clean(evidence.replace(/\.$/, ''), 5_000));
}

const withEvidence = (text: Clean, evidence: Clean | undefined): Clean =>
  join([text, evidence && say('({0})', evidence)], ' ');

function warningLines({ findings, undoable }: Plan): Clean[] {
  return [
    ...findings
      .filter(({ severity }) => severity === 'warning')
      .map(finding => say('Warning: {0}', judgedLine(finding))),
    ...(undoable ? [] : [say('This cannot be undone.')]),
  ];
}

function restLines({ findings, changes, steps }: Plan): Clean[] {
  const notes = findings
    .filter(({ severity }) => severity === 'info')
    .map(each => withEvidence(each.text, each.evidence));
  return [...changes.map(changeLine), ...steps, ...notes];
}

/** "rollout: running → failed" */
export function changeLine({ path, kind, from, to }: Change): Clean {
  const name = join(path, ' / ');
  switch (kind) {
    case 'added':
      return to === undefined ? say('+ {0}', name) : say('+ {0}: {1}', name, valueText(to));
    case 'removed':
      return from === undefined ? say('− {0}', name) : say('− {0}: {1}', name, valueText(from));
    case 'moved':
    case 'changed':
      if (to === undefined) return name;
      if (from === undefined) return say('{0}: {1}', name, valueText(to));
      return say('{0}: {1} → {2}', name, valueText(from), valueText(to));
  }
}

function more(count: number): Clean {
  return say('… and {0} more', count);
}
