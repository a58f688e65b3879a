import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { asksReason } from '../views/workspace.ts';
import type { Desk } from './desk.ts';
import { operate } from './operate.ts';
import { ask } from './pick.ts';
import type { Target } from './pick-environment.ts';
import { subjectOf } from './subject.ts';
import type { Outcome } from './task.ts';

/** Subjects of more commits say nothing about why. */
const SUBJECTS = 5;

/** What is offered at the end of what was done just now. */
type Offer = () => NonNullable<Outcome['actions']>;

/**
 * Offers to say why something was done, with the subjects of its commits to begin with. Asked for at the end, by a button:
 * a box that opens by itself would take what is being typed somewhere else by then.
 */
export async function reasonFor(desk: Desk, target: Target, title: Clean, deployed?: string): Promise<Offer> {
  const { project, where } = target;
  if (!asksReason(where.isProduction)) return () => [];
  const repository = desk.git.repositoryOf(project.root);
  const commits =
    repository && deployed !== undefined
      ? await desk.git.commitsSince(repository, deployed, project.root).catch(() => []) // not in this clone
      : [];
  const subjects = commits.slice(0, SUBJECTS).map(({ message }) => clean(message.split('\n')[0], 100));
  return () => {
    // The button may be pressed when others have been made since.
    const made = newestOf(desk, target);
    return [
      { title: say('Say Why…'), run: async () => noteWhy(desk, target, await made, { title, subjects }) },
    ];
  };
}

async function newestOf({ state }: Desk, { environment }: Target): Promise<Clean | undefined> {
  await state.refresh();
  return subjectOf(state.now, environment.key)?.environment?.releases[0]?.id;
}

async function noteWhy(
  desk: Desk,
  { environment, project }: Target,
  made: Clean | undefined,
  { title, subjects }: { readonly title: Clean; readonly subjects: readonly Clean[] },
): Promise<void> {
  await desk.state.refresh();
  const now = subjectOf(desk.state.now, environment.key)?.environment;
  const release = now?.releases.find(({ id }) => id === made);
  const place = desk.state.place(project.key);
  if (!release || !place) {
    throw new UserError('not-recorded', {
      what: say('What was done then is not recorded here any more.'),
      where: project.root,
      next: say('Put a note on the release that it is about, from its row.'),
    });
  }
  const { notes = clean(''), id, timestamp } = release;
  const value = join([notes, ...subjects.filter(each => !notes.includes(each))], '; ');
  const text = await ask(title, say('Kept as the note of the release'), value);
  if (text === undefined) return;
  const input = { place, environment: environment.name, release: id, timestamp, text };
  await operate(desk, { operation: project.tool === 'tako' ? 'tako.note' : 'note', input }, title);
}
