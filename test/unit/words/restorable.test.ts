import { describe, expect, it } from 'vitest';
import { clean, type Clean } from '../../../src/base/clean.ts';
import { keyOf } from '../../../src/base/finding.ts';
import type { Release, State } from '../../../src/state/model.ts';
import { takodKey, type TakodDeployment } from '../../../src/state/takod.ts';
import type { ServerAnswer } from '../../../src/state/observed.ts';
import type { Row } from '../../../src/words/row.ts';
import { canGoBack, restoringIn } from '../../../src/words/restorable.ts';
import type { Restoring } from '../../../src/words/restoring.ts';
import { rowsOf } from '../../../src/words/rows.ts';
import { AT, failure, NOW, seen, type Seen } from '../../kit/asked.ts';
import { answerOf, container, deployedBy, held, image } from '../../kit/observed.ts';
import { HOUR } from '../../kit/times.ts';

const idOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** A release of one service; `digit`: of its image's id. */
function release(id: string, digit: string | undefined, about: Partial<Release> = {}): Release {
  return {
    key: keyOf('shop', id),
    id: clean(id),
    version: clean(id),
    status: clean('success'),
    timestamp: clean(''),
    outcome: 'succeeded',
    kind: 'deploy',
    phases: [],
    rollbackPoint: false,
    at: NOW - HOUR,
    servers: [],
    facts: [],
    source: { file: 'current.json' },
    services: [
      {
        name: clean('web'),
        ...(digit !== undefined && { imageId: clean(idOf(digit)) }),
        ports: [],
        domains: [],
        containers: [],
      },
    ],
    ...about,
  };
}

const running = (digit: string): Partial<ServerAnswer> => ({
  containers: [container('web', { imageId: clean(idOf(digit)), deployed: deployedBy('web', 'v3') })],
});

/** The rows of the releases of production, whose servers were seen so. v3 is current. */
async function rows(
  servers: Readonly<Record<string, Seen | undefined>>,
  releases: readonly Release[] = [release('v3', '3'), release('v2', '2'), release('v1', '1')],
): Promise<readonly Row[]> {
  const state = await seen(servers);
  const projects = state.projects.map(project => ({
    ...project,
    environments: project.environments.map(each => ({ ...each, releases, current: clean('v3') })),
  }));
  const [row] = rowsOf('releases', { ...state, projects } satisfies State, NOW);
  return row?.children ?? [];
}

const told = (all: readonly Row[]): readonly (string | undefined)[] =>
  all.map(({ description }) => /(can(not)? roll back.*)$/.exec(description ?? '')?.[1]);
const offered = (all: readonly Row[]): readonly boolean[] =>
  all.map(({ abilities }) => abilities?.includes('rollBack') === true);

const images = (...digits: readonly string[]) => digits.map(digit => image(`shop/web:v${digit}`, digit));

describe('Whether a release can be gone back to', () => {
  it('is told where servers answered, and offered as long as nothing speaks against it', async () => {
    const all = await rows({
      a: answerOf('2.0.0', { images: images('3', '2'), ...running('3') }),
      b: answerOf('2.0.0', { images: images('3'), ...running('3') }),
    });
    expect(told(all)).toEqual([undefined, 'can roll back', 'cannot roll back: image of web gone on a, b']);
    expect(offered(all)).toEqual([false, true, false]);
  });

  it('is not told where no server was asked, or none tells of its images', async () => {
    for (const servers of [{ a: undefined }, { a: failure('unreachable') }, { a: answerOf('2.0.0') }]) {
      const all = await rows(servers);
      expect(told(all)).toEqual([undefined, undefined, undefined]);
      expect(offered(all)).toEqual([false, true, true]);
    }
  });

  it('is judged by what runs, whatever is recorded as current', async () => {
    const all = await rows({ a: answerOf('2.0.0', { images: images('3', '2', '1'), ...running('2') }) });
    expect(told(all)).toEqual(['can roll back', undefined, 'can roll back']);
  });

  it('takes settings for what runs, too, where they are recorded', async () => {
    const of = (id: string, hash: string, also: readonly string[] = []): Release => {
      const [web] = release(id, '3').services;
      const services = [
        web && { ...web, hash: clean(hash) },
        ...also.map(name => web && { ...web, name: clean(name) }),
      ];
      return release(id, '3', { services: services.flatMap(each => each ?? []) });
    };
    const server = (hash: string) =>
      answerOf('2.0.0', {
        images: images('3'),
        containers: [
          container('web', {
            imageId: clean(idOf('3')),
            deployed: { ...deployedBy('web', 'v3'), hash: clean(hash) },
          }),
        ],
      });
    const releases = [of('v3', 'new'), of('v2', 'old'), of('v1', 'new', ['worker'])];
    // The same image with other settings, and with a service that does not run, is something else.
    expect(told(await rows({ a: server('new') }, releases))).toEqual([
      undefined,
      'can roll back',
      'can roll back',
    ]);
    expect(told(await rows({ a: server('old') }, releases))).toEqual([
      'can roll back',
      undefined,
      'can roll back',
    ]);
  });

  it('does not take what is down for something that could be gone back to', async () => {
    const two = (id: string, web: string): Release => {
      const [first, second] = [release(id, web), release(id, '9')].flatMap(each => each.services);
      return release(id, web, {
        services: [first, second && { ...second, name: clean('db') }].flatMap(each => each ?? []),
      });
    };
    const db = container('db', { imageId: clean(idOf('9')), deployed: deployedBy('db', 'v1') });
    const server = answerOf('2.0.0', { images: images('3', '2', '9'), containers: [db] });
    // Nothing of web runs: what is recorded of it is what should.
    expect(told(await rows({ a: server }, [two('v3', '3'), two('v2', '2')]))).toEqual([
      undefined,
      'can roll back',
    ]);
  });

  it('needs recorded images', async () => {
    const releases = [release('v3', '3'), release('v2', undefined)];
    const all = await rows({ a: answerOf('2.0.0', { images: images('3'), ...running('3') }) }, releases);
    expect(told(all)).toEqual([undefined, 'cannot roll back: image id not recorded here: web']);
  });

  it('is no question for what failed or was only scaled', async () => {
    const releases = [
      release('v3', '3'),
      release('v2', '2', { outcome: 'failed' }),
      release('v1', '1', { kind: 'scale' }),
    ];
    const all = await rows({ a: answerOf('2.0.0', { images: images('3', '2', '1') }) }, releases);
    expect(told(all)).toEqual([undefined, undefined, undefined]);
    expect(offered(all)).toEqual([false, false, false]);
  });
});

describe('Whether takod can go back to a release', () => {
  const setup = { kind: 'takod', evidence: clean('/run/tako/takod.sock') } as const;
  const deployed = (id: string, ago: number, about: Partial<TakodDeployment> = {}): TakodDeployment => ({
    id: clean(id),
    status: clean('success'),
    commit: clean('c'.repeat(7)),
    time: { at: NOW - ago * HOUR, text: clean('') },
    ...about,
  });
  const of = (...names: readonly string[]): Pick<Release, 'services'> => ({
    services: names.map(name => ({ name: clean(name), ports: [], domains: [], containers: [] })),
  });
  const records = [
    release('now', undefined, { at: NOW - 1 * HOUR }),
    release('here', undefined, { at: NOW - 2 * HOUR + 400, commit: clean('c'.repeat(40)), ...of('web') }),
    release('failed', undefined, { at: NOW - 3 * HOUR }),
    release('forgotten', undefined, { at: NOW - 4 * HOUR }),
  ];
  const history = [
    deployed('1784380000000000001_7', 2),
    deployed('1784380000000000002_8', 2.5, { commit: clean('d'.repeat(7)) }),
  ];

  async function judged(
    answer: readonly TakodDeployment[] | undefined,
  ): Promise<{ readonly state: State; readonly restoring: Restoring }> {
    const state = await seen({ a: answerOf('', { setup }) });
    const [project] = state.projects;
    const [environment] = project?.environments ?? [];
    if (!project || !environment) throw new Error('there is an environment');
    const recorded = { ...environment, releases: records, current: clean('now') };
    const key = takodKey({ root: project.root, environment: 'production' });
    const takod: State['takod'] = answer
      ? { [key]: { at: AT, answer: { history: answer, missing: [] } } }
      : {};
    const known = { ...state, takod, projects: [{ ...project, environments: [recorded] }] };
    return { state: known, restoring: restoringIn(known)(project, recorded) };
  }
  const words = ({ releases, able }: Restoring, services?: readonly Clean[]): readonly string[] =>
    releases.map(each => {
      const told = able(each, services);
      return [each.id, told?.with, told?.words].filter(part => part !== undefined).join(' · ');
    });

  it('is told by its history, whatever images lie on the servers, and says what is built anew', async () => {
    const { state, restoring } = await judged(history);
    expect(words(restoring)).toEqual([
      'now · cannot roll back: not in the history that takod keeps',
      'here · web built anew from ccccccc · can roll back',
      // Somebody else made it: it is known by the id that the servers have.
      '1784380000000000002_8 · web built anew from ddddddd · can roll back',
      'failed · cannot roll back: not in the history that takod keeps',
      'forgotten · cannot roll back: not in the history that takod keeps',
    ]);
    const [row] = rowsOf('releases', state, NOW);
    expect(told(row?.children ?? [])).toEqual([
      undefined,
      'can roll back',
      'cannot roll back: not in the history that takod keeps',
      'cannot roll back: not in the history that takod keeps',
    ]);
  });

  it('takes for what runs what was deployed last, whoever did it', async () => {
    const { restoring } = await judged([deployed('1784380000000000003_9', 0.5), ...history]);
    const { releases, runs } = restoring;
    expect(releases.filter(runs).map(({ id }) => id)).toEqual(['1784380000000000003_9']);
    expect(canGoBack(restoring)).toBe(true);
  });

  it('is told for each service, where the record says which it had', async () => {
    const { restoring } = await judged([deployed('1_1', 2)]);
    expect(words(restoring, [clean('worker')])[1]).toBe('here · cannot roll back: it has no worker');
  });

  it('is not told where takod was not heard', async () => {
    const { restoring } = await judged(undefined);
    expect(words(restoring)).toEqual(['now', 'here', 'failed', 'forgotten']);
    expect(restoring.isTold).toBe(false);
  });
});

it('who holds an environment on its servers is one row, which offers to take over', async () => {
  const deployed = [
    {
      project: clean('shop'),
      environment: clean('production'),
      releases: [],
      hold: held(AT, { idle: 400 }),
    },
    { project: clean('shop'), environment: clean('staging'), releases: [], hold: held(AT) },
  ];
  const both = { a: answerOf('2.0.0', { deployed }), b: answerOf('2.0.0', { deployed }) };
  const holds = (await rows(both)).filter(({ icon }) => icon === 'locked');
  expect(holds.map(({ label, abilities }) => [label, abilities])).toEqual([
    ['lock left behind by ana@mac', ['takeOver']],
  ]);
  expect(holds[0]?.description).toContain('safe to take over');
});
