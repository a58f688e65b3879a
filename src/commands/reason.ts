import { clean, join, say } from '../base/clean.ts';
import { asksReason } from '../views/workspace.ts';
import type { Desk } from './desk.ts';
import { operate } from './operate.ts';
import { ask } from './pick.ts';
import type { Target } from './pick-environment.ts';
import { subjectOf } from './subject.ts';
import type { Outcome } from './task.ts';

/** Subjects of more commits say nothing about why. */
const SUBJECTS = 5;

/**
 * Offers to say why something was deployed, with the subjects of its commits to begin with. Asked for at the end, by a button:
 * a box that opens by itself would take what is being typed somewhere else by then.
 */
export async function reasonFor(
  desk: Desk,
  { environment, project, where }: Target,
  deployed?: string,
): Promise<NonNullable<Outcome['actions']>> {
  if (!asksReason(where.isProduction)) return [];
  const repository = desk.git.repositoryOf(project.root);
  const commits =
    repository && deployed !== undefined
      ? await desk.git.commitsSince(repository, deployed, project.root).catch(() => []) // not in this clone
      : [];
  const subjects = commits.slice(0, SUBJECTS).map(({ message }) => clean(message.split('\n')[0], 100));
  const run = async (): Promise<void> => {
    await desk.state.refresh();
    const now = subjectOf(desk.state.now, environment.key)?.environment;
    const [release] = now?.releases ?? [];
    const place = desk.state.place(project.key);
    if (!release || !place) return;
    const { notes = clean(''), id, timestamp } = release;
    const value = join([notes, ...subjects.filter(each => !notes.includes(each))], '; ');
    const title = say('Why was {0} deployed?', environment.name);
    const text = await ask(title, say('Kept as the note of the release'), value);
    if (text === undefined) return;
    const input = { place, environment: environment.name, release: id, timestamp, text };
    await operate(desk, { operation: project.tool === 'tako' ? 'tako.note' : 'note', input }, title);
  };
  return [{ title: say('Say Why…'), run }];
}
