import { cleanLines, join, say, valueText, type Clean } from '../base/clean.ts';
import type { Change } from '../base/change.ts';
import type { Finding } from '../base/finding.ts';
import type { Plan } from '../operations/operation.ts';

/** A modal is plain text and shows no more. */
const LINES = 8;

/** A plan in a few lines: warnings first, then what would change. `isCut`: the document of it has more. */
export function planLines(plan: Plan): { readonly text: Clean; readonly isCut: boolean } {
  const lines = allLines(plan);
  const isCut = lines.length > LINES;
  const shown = isCut ? [...lines.slice(0, LINES - 1), more(lines.length - LINES + 1)] : lines;
  return { text: join(shown, '\n'), isCut };
}

/** The whole plan as a document. */
export function planDocument(plan: Plan): Clean {
  return cleanLines(`${[plan.title, '', ...allLines(plan)].join('\n')}\n`);
}

function allLines({ findings, changes, steps, undoable }: Plan): Clean[] {
  const lines = (wanted: Finding['severity']): Clean[] =>
    findings.filter(({ severity }) => severity === wanted).map(findingLine);
  return [
    ...lines('warning'),
    ...(undoable ? [] : [say('This cannot be undone.')]),
    ...changes.map(changeLine),
    ...steps,
    ...lines('info'),
  ];
}

function findingLine({ severity, text }: Finding): Clean {
  return severity === 'warning' ? say('Warning: {0}', text) : text;
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
