import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { Course, ServiceCourse } from '../../../../src/deploy/course.ts';
import { builtAs } from '../../../../src/deploy/images/built-as.ts';
import { recordOwn } from '../../../../src/deploy/record/record.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { bareOwn, readOwnReleases, type OwnService } from '../../../../src/state/own-releases.ts';
import { asked, idOf, service, where } from '../../../kit/deployed.ts';
import { workspace } from '../../../kit/workspace.ts';

const build = { context: '.', args: {}, values: new Map<string, string>(), target: 'production' };
const WEB = service('web', { build });
const NOW = builtAs(WEB, { project: 'shop', environment: 'production' });

/** What is kept of a service that is built, after a course in which its image is that of the digit. */
async function keptOf(
  about: Partial<ServiceCourse>,
  kind: Course['kind'] = 'deploy',
  digit = '2',
): Promise<OwnService | undefined> {
  const { root } = workspace(onTestFinished);
  const servers = [asked('web1')];
  const own: ServiceCourse = {
    service: WEB,
    kind: 'changed',
    why: [],
    onlyImage: false,
    interrupts: false,
    ...about,
  };
  const course: Course = {
    kind,
    where: where(servers, { root }),
    services: [own],
    application: {
      tool: 'tako',
      root,
      project: 'shop',
      environment: 'production',
      source: 'tako.yaml',
      configHash: '',
      services: [WEB],
      registries: [],
      secrets: [],
    },
    engine: { kind: 'containers', servers: servers.map(({ server }) => server) },
    left: [],
    over: [],
    unfinished: [],
    keep: [],
    name: clean('v2'),
    notes: clean(''),
  };
  const image = { reference: 'shop/web:v2', id: idOf(digit), on: [] };
  const images = own.kind === 'changed' ? new Map([['web', image]]) : new Map<string, never>();
  await recordOwn(course, { release: 'deploy-2', images }, 0);
  return (await readOwnReleases(new FileCache(), root)).get('deploy-2')?.services.web;
}

const runs = { image: clean('shop/web:v1'), imageId: idOf('1'), release: 'deploy-1' };
const kept = { ...bareOwn({ image: 'shop/web:v1', imageId: idOf('1') }), asIn: 'deploy-1' };

test('a deployment keeps what the image of a service was built from besides files', async () => {
  expect(await keptOf({})).toMatchObject({ imageId: idOf('2'), builtAs: NOW });
  // What was built turned out to be what runs, or nothing had to be built.
  expect(await keptOf({ now: runs, kept, onlyImage: true }, 'deploy', '1')).toMatchObject({ builtAs: NOW });
  expect(await keptOf({ kind: 'unchanged', now: runs, kept })).toMatchObject({ builtAs: NOW });
});

test('what takes the image of something else keeps what is known of that', async () => {
  expect(await keptOf({}, 'promote')).not.toHaveProperty('builtAs');
  expect(await keptOf({}, 'rollback')).not.toHaveProperty('builtAs');
  const then = { release: 'deploy-1', kept: { ...kept, builtAs: 'then' } };
  expect(await keptOf({ asIn: then }, 'rollback')).toMatchObject({ builtAs: 'then' });
  const left = { kind: 'unchanged', isLeft: true, now: runs, kept: { ...kept, builtAs: 'then' } } as const;
  expect(await keptOf(left)).toMatchObject({ imageId: idOf('1'), builtAs: 'then' });
});
