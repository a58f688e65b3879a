import path from 'node:path';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { keyBelow, type Finding, type Key } from '../base/finding.ts';
import type { Project } from '../state/model.ts';
import type { Row } from './row.ts';

const ORDER = { error: 0, warning: 1, info: 2, ok: 3 } as const;

/** One row per finding, worst first. `owner` makes the keys unique. */
export function findingRows(findings: readonly Finding[], owner: Key): Row[] {
  return [...findings]
    .sort((a, b) => ORDER[a.severity] - ORDER[b.severity])
    .map((finding, index) => findingRow(finding, keyBelow(owner, 'findings', String(index))));
}

/** What is wrong with a project's data: at the top while it is an error, else folded away at the end of its view. */
export function problemRows({ key, findings }: Project): Row[] {
  const loose = findings.filter(finding => finding.key === undefined && finding.severity !== 'ok');
  if (loose.length === 0) return [];
  const errors = loose.filter(({ severity }) => severity === 'error').length;
  const warnings = loose.filter(({ severity }) => severity === 'warning').length;
  const owner = keyBelow(key, 'problems');
  return [
    {
      key: owner,
      label: loose.length === 1 ? say('1 finding') : say('{0} findings', loose.length),
      description: join(
        [
          errors === 0 ? undefined : errors === 1 ? say('1 error') : say('{0} errors', errors),
          warnings === 0 ? undefined : warnings === 1 ? say('1 warning') : say('{0} warnings', warnings),
        ],
        ' · ',
      ),
      icon: errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'info',
      expanded: errors > 0,
      children: findingRows(loose, owner),
    },
  ];
}

/** The findings about one entity, as rows below it. */
export function findingsOf(project: Project, key: Key): Row[] {
  return findingRows(
    project.findings.filter(finding => finding.key === key),
    key,
  );
}

function findingRow(finding: Finding, key: Key): Row {
  const { at, severity, text } = finding;
  return {
    key,
    label: at ? fileName(at) : text,
    description: at ? text : undefined,
    icon: severity === 'ok' ? 'info' : severity,
    facts: [
      ...(at ? [{ name: say('File'), value: clean(at.file, 400) }] : []),
      ...(at?.line ? [{ name: say('Line'), value: clean(at.line) }] : []),
      { name: severityName(severity), value: text },
    ],
    spoken: join([severityName(severity), at ? fileName(at) : undefined, text], ', '),
    open: at ? { file: at } : undefined,
    source: at,
    abilities: at ? ['openSource'] : [],
  };
}

function fileName(at: { readonly file: string; readonly line?: number }): Clean {
  const name = clean(path.basename(at.file), 80);
  return at.line ? say('{0}:{1}', name, at.line) : name;
}

function severityName(severity: Finding['severity']): Clean {
  if (severity === 'error') return say('Error');
  if (severity === 'warning') return say('Warning');
  return say('Note');
}
