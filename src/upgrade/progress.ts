/** How far a run on a server is, told as its journal says it. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Run } from '../operations/operation.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Upgrading } from '../state/observed.ts';
import type { Access } from './access.ts';

export interface Followed {
  readonly server: ServerRef;
  /** The id of the run there. */
  readonly run: string;
  readonly from?: string;
  readonly to: string;
  /** The versions on the way, with what each brings. */
  readonly steps: readonly { readonly to: string; readonly title: Clean }[];
}

export class Progress {
  readonly #access: Pick<Access, 'upgrading'>;
  readonly #run: Run;
  readonly #followed: Followed;
  #now: Upgrading;
  #endPhase: (isFailure: boolean) => void = () => undefined;

  constructor(access: Pick<Access, 'upgrading' | 'now'>, run: Run, followed: Followed) {
    this.#access = access;
    this.#run = run;
    this.#followed = followed;
    const { run: id, from, to, steps } = followed;
    const since = access.now();
    this.#now = {
      run: id,
      to,
      step: 0,
      steps: steps.length,
      doing: say('starting'),
      since,
      ...(from !== undefined && { from }),
    };
    access.upgrading(followed.server.id, this.#now);
  }

  /** Something that the journal says. */
  event(event: Clean): void {
    const [what = '', version = ''] = event.split(' ');
    const index = this.#followed.steps.findIndex(each => each.to === version);
    const title = this.#followed.steps[index]?.title ?? clean(version);
    const doing = DOING.get(what)?.(title) ?? event;
    this.#now = { ...this.#now, doing, step: index < 0 ? this.#now.step : index + 1 };
    this.#access.upgrading(this.#followed.server.id, this.#now);
    if (what === 'undoing') this.#endPhase(true);
    if (what === 'undone' && version === '') this.#endPhase(false); // the run has failed, this has not
    if (what === 'started' || what === 'begin' || what === 'writing' || what === 'undoing')
      this.#beginPhase(join([this.#followed.server.name, doing], ': '));
  }

  end(isFailure: boolean): void {
    this.#endPhase(isFailure);
    this.#access.upgrading(this.#followed.server.id, undefined);
  }

  #beginPhase(name: Clean): void {
    this.#endPhase(false);
    if (this.#run.signal.aborted) return; // a run that is being paused begins nothing that is told of
    const phase = new Promise<void>((resolve, reject) => {
      this.#endPhase = isFailure => (isFailure ? reject(new Error(name)) : resolve());
    });
    this.#run.step(name, () => phase).catch(() => undefined); // what failed is said by the run itself
  }
}

const DOING: ReadonlyMap<string, (title: Clean) => Clean> = new Map<string, (title: Clean) => Clean>([
  ['started', () => say('backing up')],
  ['backed-up', () => say('backed up')],
  ['begin', title => say('{0}: applying', title)],
  ['applied', title => say('{0}: verifying', title)],
  ['verified', title => say('{0}: verified', title)],
  ['paused', () => say('paused')],
  ['writing', () => say('writing down the version')],
  ['finished', () => say('finished')],
  ['undoing', () => say('undoing')],
  ['undone', title => (title === '' ? say('everything is undone') : say('{0}: undone', title))],
  ['stuck', title => say('{0}: could not be undone', title)],
  ['taken-back', () => say('steps taken back')],
  ['restored', () => say('files put back')],
]);
