import { expect, it } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import type { State } from '../../../src/state/model.ts';
import { attention } from '../../../src/words/attention.ts';
import { productionBy } from '../../../src/words/production.ts';
import { diagnosticReport } from '../../../src/words/report.ts';
import { rowsOf } from '../../../src/words/rows.ts';
import { serverDocument } from '../../../src/words/server-document.ts';
import { serverSummary } from '../../../src/words/summary.ts';
import { AT, failure, NOW, rowOf, run, seen, type Seen } from '../../kit/asked.ts';
import { answerOf, container, deployedBy, held, image, recorded, swarmService } from '../../kit/observed.ts';
import { MINUTE } from '../../kit/times.ts';

const TRAEFIK = { docker: '24.0.7', traefik: '2.10' };

it('an environment says whether its servers were asked, and nothing more', async () => {
  const words = async (servers: Readonly<Record<string, Seen | undefined>>) => {
    const [row] = rowsOf('releases', await seen(servers), NOW);
    return row?.description;
  };
  const well = answerOf('2.0.0');
  expect(await words({ a: undefined, b: undefined })).toBe('nothing recorded yet');
  expect(await words({ a: well, b: { at: AT - 3 * MINUTE, answer: well } })).toBe(
    'nothing recorded yet · asked 11:55',
  );
  expect(await words({ a: well, b: failure('unreachable') })).toBe(
    'nothing recorded yet · 1 of 2 servers answered, asked 11:58',
  );
  expect(await words({ a: well, b: undefined })).toBe(
    'nothing recorded yet · 1 of 2 servers answered, asked 11:58',
  );
});

it('is called to what is broken, never to what could be newer or does not answer', async () => {
  const state = await seen({
    old: answerOf('1.0.0', { rebootRequired: true }),
    dead: failure('unreachable'),
    paused: answerOf('2.0.0', { run: run({ state: 'paused' }) }),
    stopped: answerOf('2.0.0', { run: run({}) }),
    damaged: answerOf('1.0.0', { setup: { kind: 'damaged', why: clean('line 3') } }),
    ill: answerOf('2.0.0', {
      containers: [
        container('web', { health: clean('unhealthy') }),
        container('job', { state: clean('exited') }),
      ],
      services: [swarmService('worker', 1, 2)],
    }),
    left: answerOf('2.0.0', {
      deployed: [0, 400].map(idle => ({
        project: clean('shop'),
        environment: clean('production'),
        releases: [],
        hold: held(AT, { idle }),
      })),
    }),
    other: failure('host-key-changed'),
  });
  const found = attention(state, productionBy([]));
  expect(found.map(({ text }) => text)).toEqual([
    'stopped: upgrade stopped at step 1.2.0',
    'damaged: setup damaged: line 3',
    'ill: worker 1 of 2',
    'ill: web unhealthy',
    'left: ana@mac left the lock of production of shop',
    'other: host key changed',
  ]);
  const rows = new Set(rowsOf('servers', state, NOW).map(({ key }) => key));
  for (const { key, view } of found) expect([view, rows.has(key)]).toEqual(['servers', true]);
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
});

it('the document of a server has what was observed beside what is recorded, and nothing that is not to be shown', async () => {
  const state = await seen({
    web: answerOf('2.0.0', {
      setup: recorded('1.2.0', TRAEFIK),
      components: { docker: clean('26.1.5') },
      versionFile: { text: '{"version": "1.2.0", "by": "hunter2"}', digest: 'f'.repeat(64) },
      containers: [container('web', { deployed: deployedBy('web', 'r-1') })],
      images: [image('shop/web:a1b2c3d')],
      deployed: [
        {
          project: clean('shop'),
          environment: clean('production'),
          releases: [clean('r-1')],
          hold: held(AT),
        },
      ],
      run: run({ state: 'finished', at: AT }),
      stored: ['e'.repeat(64)],
    }),
    dead: failure('unreachable'),
    later: undefined,
  });
  const hidden: State = {
    ...state,
    projects: state.projects.map(project => ({
      ...project,
      servers: project.servers.map(server => ({ ...server, reach: { host: 'secret.example.test' } })),
    })),
  };
  const text = (name: string) => serverDocument(hidden, rowOf(hidden, name).key) ?? '';
  const all = ['web', 'dead', 'later'].map(text).join('\n');
  expect(all).not.toMatch(/hunter2|secret\.example|ffff|eeee|aaaa/);
  expect(JSON.parse(text('web'))).toMatchObject({
    name: 'web',
    address: '10.0.0.1',
    observed: {
      setup: { kind: 'versioned', version: '1.2.0', 'recorded components': TRAEFIK },
      components: { docker: '26.1.5' },
      containers: [{ name: 'web', state: 'running', deployed: { service: 'web', release: 'r-1' } }],
      images: [{ references: ['shop/web:a1b2c3d'], bytes: 50_000_000 }],
      deployed: [{ project: 'shop', releases: ['r-1'], 'held by': { by: 'ana@mac' } }],
      'setup run': { id: 'run-7', state: 'finished' },
    },
  });
  expect(JSON.parse(text('dead'))).toMatchObject({
    observed: { code: 'unreachable', what: 'It did not answer.' },
  });
  expect(JSON.parse(text('later'))).toMatchObject({ name: 'later', observed: 'not asked' });
});

it('a summary has what was observed, a report only how many answered', async () => {
  const state = await seen({
    web: answerOf('2.0.0', { setup: recorded('1.2.0', TRAEFIK), containers: [container('cart')] }),
    mail: failure('unreachable'),
  });
  const server = machinesOf(state).find(({ server: { name } }) => name === 'web')?.server;
  const summary = server && serverSummary(state, server, NOW);
  expect(summary).toMatch(
    /- Asked: 2026-11-\d\d \d\d:58 UTC\n- Setup: `1\.2\.0`\n- docker: `not found, recorded 24/,
  );
  expect(summary).toMatch(/- The rest was not asked; /);
  const report = diagnosticReport(state, clean('1'), clean('1.100'), clean('v20'), clean('local'), NOW);
  expect(report).toContain('Servers asked: 2 (1 versioned, 1 unreachable); upgrades running: 0');
  expect(report).not.toMatch(/cart|setup 1\.2\.0|does not answer/);
});
