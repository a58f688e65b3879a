import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { Engine } from '../../../../src/deploy/configuration/application.ts';
import type { Course } from '../../../../src/deploy/course.ts';
import type { Asked } from '../../../../src/deploy/plan/asked.ts';
import { courseFindings } from '../../../../src/deploy/plan/words.ts';
import type { ObservedContainer } from '../../../../src/state/observed.ts';
import { asked, runs, service } from '../../../kit/deployed.ts';
import { container, deployedBy } from '../../../kit/observed.ts';

/** What a plan that starts db and web warns of. */
function warned(servers: readonly Asked[], kind: Engine['kind'] = 'compose'): readonly string[] {
  const all = servers.map(({ server }) => server);
  const course = {
    engine: { kind, servers: all },
    left: [],
    kind: 'deploy',
    unfinished: [],
    application: { project: 'shop' },
    where: { environment: 'prod' },
    services: ['db', 'web'].map(name => ({
      service: service(name),
      kind: 'new',
      why: [],
      onlyImage: false,
      interrupts: false,
    })),
  } as unknown as Course; // the findings look at nothing else
  return courseFindings(course, servers, { releases: [], unfinished: [], findings: [], own: [] }).flatMap(
    each => (each.code === 'elsewhere' && each.severity === 'warning' ? [each.text] : []),
  );
}

/** One of a service in a project of Compose. */
function composed(name: string, project: string, about: Partial<ObservedContainer> = {}): ObservedContainer {
  const labels = { 'com.docker.compose.project': project, 'com.docker.compose.service': name };
  return container(`${project}-${name}-1`, {
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, clean(value)])),
    ...about,
  });
}

const text = (services: string, server: string, project: string): string =>
  `${services} runs on ${server} already, in the Compose project ${project} that Shipshape did not make: its volumes are not used, and the new ones of shop_prod begin empty`;

test('what runs in another project of Compose by the same names is told, by the server', () => {
  const servers = [
    asked('one', { containers: [composed('db', 'prod'), composed('web', 'prod'), composed('web', 'shop')] }),
    asked('two', { containers: [composed('db', 'prod', { state: clean('restarting') })] }),
    asked('three', 'silent'),
  ];
  expect(warned(servers)).toEqual([
    text('db, web', 'one', 'prod'),
    text('web', 'one', 'shop'),
    text('db', 'two', 'prod'),
  ]);
  expect(warned(servers, 'containers')).toEqual([]);
});

test('but not what is ours, what is of another name, what ran once, and what has ended', () => {
  const other = composed('db', 'prod');
  for (const containers of [
    [other, composed('web', 'shop_prod')],
    [other, runs('web', '1', { deployed: deployedBy('web', 'rel-1', { environment: clean('prod') }) })],
    [composed('cache', 'prod')],
    [composed('db', 'prod', { state: clean('exited') })],
    [{ ...other, labels: { ...other.labels, 'com.docker.compose.oneoff': clean('True') } }],
    [{ ...other, labels: { ...other.labels, 'tako.project': clean('another') } }],
  ])
    expect(warned([asked('one', { containers })])).toEqual([]);
});
