import { say, type Clean } from '../base/clean.ts';
import { keyBelow, keyOf, type Key } from '../base/finding.ts';
import { isIll, isShort } from '../servers/health.ts';
import { machinesOf, type Machine } from '../state/machines.ts';
import type { State } from '../state/model.ts';
import type { Observation } from '../state/observed.ts';
import { failureWords, illWords, isRefusedKey, shortWords, stoppedRun } from './observed.ts';
import type { Attention } from './row.ts';
import { compareIn } from './running.ts';

interface Trouble {
  /** Of what kind it is and what it is about, so that dismissing one does not hide the next. */
  readonly id: string;
  readonly text: Clean;
}

/** What is broken on servers by their last answer. That one does not answer, or could be upgraded, is not. */
export function serverAttention(state: State): Attention[] {
  const compare = compareIn(state);
  const told = new Set(
    state.projects.flatMap(project =>
      project.environments.flatMap(environment =>
        compare(project, environment)
          .drift.filter(({ kind }) => kind === 'replicas')
          .map(({ name }) => `${project.name}_${environment.name}_${name}`),
      ),
    ),
  );
  return machinesOf(state).flatMap(machine => {
    const observation = state.observed[machine.id];
    if (!observation) return [];
    return troublesOf(observation, told).map(({ id, text }): Attention => ({
      id: `${machine.id} ${id}`,
      view: 'servers',
      key: rowOfMachine(machine),
      text: say('{0}: {1}', machine.server.name, text),
      open: { document: machine.server.key, kind: 'json' },
    }));
  });
}

/** `told`: services of swarms that their environments tell of. */
function troublesOf({ answer, failure }: Observation, told: ReadonlySet<string>): readonly Trouble[] {
  if (failure) return isRefusedKey(failure) ? [{ id: failure.code, text: failureWords(failure) }] : [];
  const stopped = stoppedRun(answer);
  const { setup, containers, services, deployed = [] } = answer;
  return [
    // One that is paused waits for the person who paused it.
    ...(stopped && stopped.state !== 'paused'
      ? [
          {
            id: `run ${stopped.id}`,
            text: stopped.step ? say('upgrade stopped at step {0}', stopped.step) : say('upgrade stopped'),
          },
        ]
      : []),
    ...(setup.kind === 'damaged' ? [{ id: 'damaged', text: say('setup damaged: {0}', setup.why) }] : []),
    ...deployed.flatMap(({ project, environment, hold }) =>
      hold?.isOver === true
        ? [
            {
              id: `lock ${hold.token}`,
              text: say('{0} left the lock of {1} of {2}', hold.by, environment, project),
            },
          ]
        : [],
    ),
    ...services
      .filter(each => isShort(each) && !told.has(each.name))
      .map(each => ({ id: `service ${each.name} ${each.image}`, text: shortWords(each) })),
    ...containers.filter(isIll).map(each => ({ id: `container ${each.id}`, text: illWords(each) })),
  ];
}

/** The row that shows a machine. Hosts of FTL2 stand below their groups. */
export function rowOfMachine({ server }: Machine): Key {
  const [group] = server.groups;
  return server.kind === 'ftl2' && group !== undefined
    ? keyBelow(keyOf('groups', group), server.key)
    : server.key;
}
