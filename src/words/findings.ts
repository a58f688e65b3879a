import path from 'node:path';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { keyBelow, type Finding, type Key } from '../base/finding.ts';
import type { Project } from '../state/model.ts';
import type { Row } from './row.ts';

const ORDER = { error: 0, warning: 1, info: 2, ok: 3 } as const;

/**
 * What is wrong with the data of these projects, as one row: for the top of their view while there is an error, else for
 * its end.
 */
function problemsRow(projects: readonly Project[]): Row | undefined {
  const problems = projects.flatMap(project =>
    project.findings
      .filter(({ key, severity }) => key === undefined && severity !== 'ok')
      .map(finding => ({ finding, project })),
  );
  const [first] = projects;
  if (!first || problems.length === 0) return undefined;
  const errors = problems.filter(({ finding }) => finding.severity === 'error').length;
  const warnings = problems.filter(({ finding }) => finding.severity === 'warning').length;
  const key = keyBelow(first.key, 'problems');
  const several = new Set(problems.map(({ project }) => project)).size > 1;
  return {
    key,
    label: problems.length === 1 ? say('1 finding') : say('{0} findings', problems.length),
    description: join(
      [
        errors === 0 ? undefined : errors === 1 ? say('1 error') : say('{0} errors', errors),
        warnings === 0 ? undefined : warnings === 1 ? say('1 warning') : say('{0} warnings', warnings),
      ],
      ' · ',
    ),
    icon: errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'info',
    expanded: errors > 0,
    children: problems
      .sort((a, b) => ORDER[a.finding.severity] - ORDER[b.finding.severity])
      .map(({ finding, project }, index) =>
        findingRow(finding, keyBelow(key, String(index)), several ? project.name : undefined),
      ),
  };
}

/** Rows with the problems of their projects where they belong: in front while there is an error, else at the end. */
export function withProblems(rows: readonly Row[], projects: readonly Project[]): Row[] {
  const problems = problemsRow(projects);
  if (!problems) return [...rows];
  return problems.icon === 'error' ? [problems, ...rows] : [...rows, problems];
}

/** The findings about one entity, as rows below it. */
export function findingsOf(project: Project, key: Key): Row[] {
  return project.findings
    .filter(finding => finding.key === key)
    .map((finding, index) => findingRow(finding, keyBelow(key, 'findings', String(index))));
}

function findingRow(finding: Finding, key: Key, project?: Clean): Row {
  const { at, severity, text, fix } = finding;
  const place = at && (project === undefined ? fileName(at) : say('{0}: {1}', project, fileName(at)));
  return {
    key,
    label: place ?? text,
    description: place ? text : undefined,
    icon: severity === 'ok' ? 'info' : severity,
    facts: [
      ...(at ? [{ name: say('File'), value: clean(at.file, 400) }] : []),
      ...(at?.line ? [{ name: say('Line'), value: clean(at.line) }] : []),
      { name: severityName(severity), value: text },
    ],
    spoken: join([severityName(severity), place, text], ', '),
    open: at ? { file: at } : undefined,
    source: at,
    ...(fix && { fix }),
    abilities: [...(fix ? (['fix'] as const) : []), ...(at ? (['openSource'] as const) : [])],
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
