import { existsSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NewDeployment } from '../../../../src/state/tako/deployment.ts';
import { listArtifacts, pruneArtifacts } from '../../../../src/state/tako/artifacts.ts';
import { saveEarlier } from '../../../../src/state/tako/save.ts';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { AT, commit, deployment, MINUTE, save, WEB } from './writing.ts';

const FOLDER = '.tako/builds/artifacts';
const NONE: ReadonlySet<string> = new Set();

/** Archives, the newest first, a minute from each other. */
function archives(names: readonly string[]): Workspace {
  const space = workspace(onTestFinished);
  space.write({ [`${FOLDER}/`]: '' });
  for (const [index, name] of names.entries()) {
    const file = space.file(FOLDER, name);
    writeFileSync(file, 'x'.repeat(index + 1));
    const at = (AT - index * MINUTE) / 1000;
    utimesSync(file, at, at);
  }
  return space;
}

async function removed({ root }: Workspace, keep: number): Promise<readonly string[]> {
  return (await pruneArtifacts(root, keep)).removed.map(({ name }) => name);
}

const web = (version: string, imageId = 'sha256:ffffff'): NewDeployment['services'] => ({
  web: { ...WEB, image: `myapp/web:${version}`, imageId },
});

describe('the archives of built images', () => {
  test('are listed newest first, with size and time of their files', async () => {
    const { root } = archives(['web-v1.0.0-abc123.tar', 'api-v1.0.0-def456.tar']);
    expect(await listArtifacts(root, NONE)).toMatchObject([
      {
        name: 'web-v1.0.0-abc123.tar',
        service: 'web',
        version: 'v1.0.0',
        shortId: 'abc123',
        bytes: 1,
        at: AT,
      },
      {
        name: 'api-v1.0.0-def456.tar',
        service: 'api',
        version: 'v1.0.0',
        shortId: 'def456',
        bytes: 2,
        at: AT - MINUTE,
      },
    ]);
  });

  test.each<[name: string, services: readonly string[], told: readonly (string | undefined)[]]>([
    ['web-v1.0.0-rc1-abc123', [], ['web', 'v1.0.0-rc1', 'abc123']],
    ['web-admin-2-ABCDEF12', [], ['web-admin', '2', 'ABCDEF12']],
    ['web-admin-v1-abc123', ['web'], ['web', 'admin-v1', 'abc123']],
    ['web-admin-v1-abc123', ['web', 'web-admin'], ['web-admin', 'v1', 'abc123']],
    ['web-main-abc123', ['web'], ['web', 'main', 'abc123']],
    ['web-main-abc123', [], [undefined, undefined, undefined]],
    ['web-v1-latest', ['web'], ['web', undefined, undefined]],
    ['backup', [], [undefined, undefined, undefined]],
  ])('%s of %j', async (name, services, [service, version, shortId]) => {
    const { root } = archives([`${name}.tar`]);
    const [artifact] = await listArtifacts(root, new Set(services));
    expect([artifact?.service, artifact?.version, artifact?.shortId]).toEqual([service, version, shortId]);
  });

  test('of any name a service may have are understood when it is known', async () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
    await fc.assert(
      fc.asyncProperty(
        word,
        fc.stringMatching(/^v[0-9]\.[0-9]$/),
        fc.stringMatching(/^[0-9a-f]{6,12}$/),
        async (service, version, shortId) => {
          const { root } = archives([`${service}-${version}-${shortId}.tar`]);
          expect(await listArtifacts(root, new Set([service]))).toMatchObject([
            { service, version, shortId },
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('links, folders and other files are none', async () => {
    const space = archives(['web-v1-abc123.tar', 'notes.txt']);
    space.write({ [`${FOLDER}/web-v2-abc123.tar/`]: '', 'state.json': '' });
    symlinkSync('../../../state.json', space.file(FOLDER, 'web-v3-abc123.tar'));
    expect((await listArtifacts(space.root, NONE)).map(({ name }) => name)).toEqual(['web-v1-abc123.tar']);
  });

  test('a folder behind a link is not looked into', async () => {
    const space = workspace(onTestFinished);
    space.write({ '.tako/builds/': '', 'own/web-v1-abc123.tar': '' });
    symlinkSync('../../own', space.file(FOLDER));
    expect(await listArtifacts(space.root, NONE)).toEqual([]);
  });

  test('without a folder there are none', async () => {
    const { root } = workspace(onTestFinished);
    expect(await listArtifacts(root, NONE)).toEqual([]);
  });
});

describe('pruning them', () => {
  const OLD = [
    'web-v9-abc123.tar',
    'web-v8-abc123.tar',
    'api-v3-abc123.tar',
    'web-v7-abc123.tar',
    'api-v2-abc123.tar',
  ];

  test('keeps the newest of each service', async () => {
    const space = archives(OLD);
    expect(await removed(space, 1)).toEqual(['web-v8-abc123.tar', 'web-v7-abc123.tar', 'api-v2-abc123.tar']);
    expect(await removed(space, 2)).toEqual(['web-v7-abc123.tar']);
    expect(await removed(space, 3)).toEqual([]);
  });

  test('keeps what cannot be understood', async () => {
    expect(await removed(archives([...OLD, 'backup.tar', 'web-main-abc123.tar', 'web.tar']), 3)).toEqual([]);
  });

  test.each<[what: string, set: (space: Workspace) => Promise<void>]>([
    ['the current release', ({ root }) => save(root, { services: web('v7') })],
    [
      'it by its image alone',
      ({ root }) => save(root, { services: web('other', 'sha256:ABC123ff'.toLowerCase()) }),
    ],
    ['it by its version without a v', ({ root }) => save(root, { services: web('7') })],
    [
      'a release in the history of another environment',
      ({ root }) =>
        commit(root, () => saveEarlier(root, deployment({ environment: 'staging', services: web('v7') }))),
    ],
    [
      'a rollback point',
      async ({ root, write }) => {
        await save(root, { services: web('v7'), rollbackPoint: true, environment: 'b' });
        write({ '.tako/deployments/b/current.json': '{}' });
        for (const name of readdirSync(`${root}/.tako/deployments/b/history`))
          write({ [`.tako/deployments/b/history/${name}`]: '{}' });
      },
    ],
  ])('keeps that of %s', async (_, set) => {
    const space = archives(OLD);
    await set(space);
    expect(await removed(space, 1)).not.toContain('web-v7-abc123.tar');
    expect(await removed(space, 1)).toContain('api-v2-abc123.tar');
  });

  test('keeps what was built last before a release that does not say what it runs', async () => {
    const space = archives(OLD);
    await save(space.root, { services: null, timestamp: AT - 2.5 * MINUTE });
    expect(await removed(space, 1)).toEqual(['web-v8-abc123.tar']);
  });

  test('is refused while a record cannot be read', async () => {
    const space = archives(OLD);
    space.write({ '.tako/deployments/production/history/x.json': '{' });
    const { findings } = await plan({
      operation: 'tako.prune-artifacts',
      input: { place: await placeOf(space.root, 'tako'), keep: 1 },
    });
    expect(findings).toContainEqual({
      severity: 'error',
      code: 'unreadable-record',
      text: 'Which archives this release refers to cannot be read.',
      at: { file: space.file('.tako/deployments/production/history/x.json') },
    });
  });

  test('says what goes and what is freed, does it, and cannot be undone', async () => {
    const space = archives(OLD);
    const request = {
      operation: 'tako.prune-artifacts',
      input: { place: await placeOf(space.root, 'tako'), keep: 1 },
    };
    const before = Object.keys(contents(space.root));
    const { risk, changes, findings, undoable } = await plan(request);
    expect([risk, undoable]).toEqual(['typed', false]);
    expect(changes).toEqual([
      { path: ['web-v8-abc123.tar'], kind: 'removed', from: '1 kB' },
      { path: ['web-v7-abc123.tar'], kind: 'removed', from: '1 kB' },
      { path: ['api-v2-abc123.tar'], kind: 'removed', from: '1 kB' },
    ]);
    expect(findings).toEqual([{ severity: 'info', code: 'kept', text: '1 kB are freed; 2 archives stay.' }]);
    const { verdict, undo } = await perform(request);
    expect([verdict, undo]).toEqual([{ state: 'verified' }, undefined]);
    const gone = before.filter(name => !existsSync(space.file(name)));
    expect(gone.sort()).toEqual(changes.map(({ path: [name] }) => `${FOLDER}/${name}`).sort());
  });

  test.each([0, -1, 1.5, NaN])('%d of each are no number to keep', async keep => {
    const { root } = archives(OLD);
    const input = { place: await placeOf(root, 'tako'), keep };
    expect((await plan({ operation: 'tako.prune-artifacts', input })).findings).toMatchObject([
      { code: 'bad-value' },
    ]);
  });

  test('an archive that was written again meanwhile stays', async () => {
    const space = archives(OLD);
    const { files } = await pruneArtifacts(space.root, 1);
    space.write({ [`${FOLDER}/web-v8-abc123.tar`]: 'new' });
    await expect(commit(space.root, () => Promise.resolve(files))).rejects.toMatchObject({
      code: 'changed-meanwhile',
    });
    expect(readdirSync(space.file(FOLDER))).toHaveLength(OLD.length);
  });
});
