import { say } from '../base/clean.ts';
import { fact } from '../state/facts.ts';
import type { Project } from '../state/model.ts';
import { withProblems } from './findings.ts';
import { describe } from './names.ts';
import type { Row } from './row.ts';

const OLD = 'old-database';

/** Whether a database is of a version of sloth-runner before stacks. */
export function isOldDatabase({ findings }: Project): boolean {
  return findings.some(({ code }) => code === OLD);
}

/** Its row in the Stacks view, which offers to migrate it. */
export function oldDatabaseRow(project: Project, isOutside: boolean): Row {
  const { key, name, facts, source, findings } = project;
  const about = findings.find(({ code }) => code === OLD);
  const others = findings.filter(finding => finding !== about);
  return {
    key,
    label: name,
    description: describe(say('old state database'), isOutside ? say('outside this workspace') : undefined),
    icon: 'database',
    facts: [...facts, ...fact(say('Note'), about?.text)],
    open: source && { file: source },
    abilities: ['migrateStacks', 'showMigrationScript'],
    children: withProblems([], [{ ...project, findings: others }]),
  };
}
