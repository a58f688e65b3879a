import { say } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Answered } from '../deploy/plan/asked.ts';
import { holdsOf } from '../deploy/plan/engine.ts';
import { holdText } from '../servers/hold-text.ts';
import type { Environment, Project } from '../state/model.ts';
import type { Row } from './row.ts';

/** Who holds the environment on its servers: one row for each holder. */
export function holdRows(
  { name: project }: Project,
  { key, name: environment }: Environment,
  answers: readonly Answered[],
): Row[] {
  const holds = holdsOf({ project, environment }, answers);
  return [...new Map(holds.map(hold => [hold.token, hold])).values()].map(hold => ({
    key: keyBelow(key, 'hold', hold.token),
    subject: key,
    label: hold.isOver ? say('lock left behind by {0}', hold.by) : say('held by {0}', hold.by),
    description: holdText(hold),
    icon: 'locked',
    abilities: ['takeOver'],
  }));
}
