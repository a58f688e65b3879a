/**
 * Takes the lock of an environment away from whoever holds it on its servers. What that one is still at there is ended, and what
 * its release had replaced is put back.
 */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation, Plan, Run } from '../../operations/operation.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { DeployAccess } from '../access.ts';
import { holding } from '../carry-out.ts';
import { applicationOf } from '../configuration/application-of.ts';
import type { Engine } from '../configuration/application.ts';
import type { Course } from '../course.ts';
import { lockOf } from '../deployment.ts';
import { notBackWords, reasonOf } from '../failure.ts';
import { runtimeOn } from '../means.ts';
import { unhurried } from '../phases.ts';
import { ask } from '../plan/ask.ts';
import { engineOf, holdFindings, holdsOf } from '../plan/engine.ts';
import { hasEnded, readPast } from '../plan/past.ts';
import { remainsOf, type Remains } from '../plan/remains.ts';
import { closeUnfinished } from '../record/unfinished.ts';
import type { TakeOverInput } from '../requests.ts';
import type { NotPutBack, RuntimeOptions } from '../runtime.ts';
import type { HeldServer } from './held-server.ts';
import { holdServers } from './hold.ts';

interface TakeOverPlan extends Plan {
  readonly holds: ReturnType<typeof holdsOf>;
  readonly unfinished: Course['unfinished'];
  /** Nothing where nothing is put back. */
  readonly back?: Back;
}

interface Back extends Pick<RuntimeOptions, 'project' | 'environment' | 'secrets' | 'compose'> {
  readonly engine: Engine;
  /** Releases that holders were making, the newest first. */
  readonly releases: readonly Clean[];
}

export function takeOverDeployment(access: DeployAccess): Operation<TakeOverInput, TakeOverPlan> {
  return {
    id: 'take-over-deployment',
    root: ({ where }) => where.root,
    locks: () => [], // whoever holds it may hold the one here, too

    async plan({ where }, { signal }) {
      const [asked, past, { application }] = await Promise.all([
        ask(access, where.servers, signal),
        readPast(where, signal),
        applicationOf(where, signal),
      ]);
      const holds = holdsOf(where, asked);
      // What came to its end is not put back, though its holder did not live to leave the lock.
      const isDone = (id: Clean): boolean => past.releases.some(each => each.id === id && hasEnded(each));
      const releases = [...new Set(holds.flatMap(({ release }) => release ?? []))]
        .filter(each => !isDone(each))
        .toSorted((a, b) => (a < b ? 1 : -1));
      const silent = asked.filter(({ observation }) => observation.failure).map(({ server }) => server.name);
      const { engine, findings } = engineOf(where, asked, silent);
      const environment = clean(where.environment);
      const unfinished = holds.length > 0 ? past.unfinished : [];
      const { project = where.project, secrets = [], compose } = application ?? {};
      const about = { project, environment: where.environment, secrets, ...(compose && { compose }) };
      // What is put back stands in the journals of the servers, whatever else runs there.
      const isAble = findings.every(({ severity, code }) => severity !== 'error' || code === 'partly');
      const back = engine && isAble && releases.length > 0 ? { ...about, engine, releases } : undefined;
      return {
        title: say('Take over {0} of {1}', environment, where.project),
        target: environment,
        // Whoever may still be at work loses it in the middle.
        risk: holds.every(({ isOver }) => isOver) ? 'confirm' : 'typed',
        changes: [],
        findings:
          holds.length === 0
            ? [{ severity: 'error', code: 'nothing-to-do', text: say('Nobody holds it') }]
            : [
                ...holdFindings(holds).map((each): Finding => ({ ...each, severity: 'warning' })),
                ...releases.map((each): Finding => ({
                  severity: 'info',
                  code: 'remains',
                  text: remainsText(each, remainsOf(each, about, asked)),
                })),
                ...silent.map((name): Finding => ({
                  severity: 'warning',
                  code: 'no-answer',
                  text: say('{0} does not answer: what is left there stays', name),
                })),
              ],
        steps: [
          say('End what is still at work there'),
          ...(back
            ? releases.map(each =>
                say('Put back what {0} replaced, on {1}', each, namesOf(back.engine.servers)),
              )
            : [say('Leave what it has changed as it is: deploy or roll back then')]),
          ...unfinished.map(({ id }) => say('Record {0} as failed', id)),
        ],
        undoable: false,
        holds,
        unfinished,
        ...(back && { back }),
      };
    },

    async apply({ where, by = say('somebody') }, plan, _held, run) {
      const { holds, back, title } = plan;
      const { project, environment } = back ?? where;
      const [release] = back?.releases ?? [];
      const isHeld = ({ name }: ServerRef): boolean => holds.some(({ server }) => server === name);
      const servers = back?.engine.servers ?? where.servers.filter(isHeld);
      const request = {
        project,
        environment,
        operation: title,
        by,
        over: holds.map(({ token }) => token),
        ...(release !== undefined && { release }),
      };
      const calm = unhurried(run);
      let left: readonly NotPutBack[] = [];
      await holding(holdServers(access, servers, request, run.signal), run, async there => {
        if (back) left = await putBack(back, there.servers, calm);
      });
      await record(access, where, plan, left, calm);
      if (left.length > 0) throw notPutBack(where.environment, left);
      return undefined;
    },

    async verify({ where }, { back }, { signal }) {
      const asked = await ask(access, where.servers, signal);
      const [hold] = holdsOf(where, asked);
      if (hold) return { state: 'failed', why: say('{0} holds it on {1}', hold.by, hold.server) };
      if (!back) return { state: 'verified' };
      const environment = clean(where.environment);
      const wrong = back.releases.flatMap(each => {
        const remains = remainsOf(each, back, asked);
        return remains.length > 0 ? [remainsText(each, remains)] : [];
      });
      return wrong.length > 0
        ? { state: 'failed', why: join(wrong, '; ') }
        : {
            state: 'verified',
            text: say('{0} runs what it ran before {1}', environment, join(back.releases, ', ')),
          };
    },
  };
}

const namesOf = (servers: readonly ServerRef[]): Clean =>
  join(
    servers.map(({ name }) => name),
    ', ',
  );

function remainsText(release: Clean, remains: readonly Remains[]): Clean {
  if (remains.length === 0) return say('Nothing of {0} runs', release);
  const words = remains.map(({ service, on }) => say('{0} on {1}', service, on));
  return say('Of {0} runs: {1}', release, join(words, '; '));
}

async function putBack(
  { engine, releases, ...about }: Back,
  servers: readonly HeldServer[],
  run: Run,
): Promise<readonly NotPutBack[]> {
  const left: NotPutBack[] = [];
  for (const release of releases) {
    left.push(...(await runtimeOn(engine, { ...about, servers, release }).putBack(run)));
  }
  return left;
}

/** Another window may have the lock here: then that one records how it ended. */
async function record(
  access: DeployAccess,
  where: TakeOverInput['where'],
  { unfinished, back, title }: TakeOverPlan,
  left: readonly NotPutBack[],
  run: Run,
): Promise<void> {
  if (unfinished.length === 0) return;
  const what = back && (left.length > 0 ? 'not everything was put back' : 'put back');
  try {
    const held = await lockOf(where).acquire(title, run.signal);
    await closeUnfinished({ where, unfinished }, held, access.now(), what).finally(() => held.release());
  } catch (error) {
    run.log(say('It is not recorded here as failed: {0}', reasonOf(error)));
  }
}

function notPutBack(where: string, left: readonly NotPutBack[]): UserError {
  return new UserError('not-put-back', {
    what: say('Not everything could be put back: {0}.', notBackWords(left)),
    where,
    next: say('The lock is free. Deploy or roll back.'),
  });
}
