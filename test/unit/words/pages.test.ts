import { describe, expect, it, onTestFinished } from 'vitest';
import { clean, MASK } from '../../../src/base/clean.ts';
import { keyOf } from '../../../src/base/finding.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { EMPTY_STATE, type Project, type State } from '../../../src/state/model.ts';
import { driftPage } from '../../../src/words/drift-page.ts';
import type { Page } from '../../../src/words/page.ts';
import { stacksPage } from '../../../src/words/stacks-page.ts';
import { takoFolder, type ServiceRecord } from '../../kit/tako.ts';
import { HOUR } from '../../kit/times.ts';
import { pageLines } from '../../kit/pages.ts';
import { workspace } from '../../kit/workspace.ts';
import { NOW, read, stackOf } from '../state/sloth/reading.ts';

const sample = async (): Promise<Project> => read(workspace(onTestFinished).sample('sloth-runner/stacks.db'));
const stateOf = (...projects: Project[]): State => ({ ...EMPTY_STATE, projects, ready: true });
const linesOf = (page: Page | undefined): string[] => (page ? pageLines(page) : []);

describe('all stacks at a glance', () => {
  it('lists stacks, locks, what drifted and what happened, with what can be done', async () => {
    const lines = linesOf(stacksPage(stateOf(await sample()), NOW));
    expect(lines.slice(0, 13)).toEqual([
      'Stacks',
      '2 stacks · 1 succeeded · 1 failed',
      'Servers were not asked.',
      '# Stacks: Stack | Status | Version | Newest snapshot | Lock | Drift pending | Resources | Last execution | Updated',
      'prod-web | succeeded | 1.0.0 | 3 | locked by admin | 1 | 5 | succeeded · 1 h ago | 59 min ago [Snapshot…, Check for Drift…, Show Drift]',
      'staging-db | failed | 1.0.0 | 2 | expired lock | 0 | 4 | failed · 1 h ago | 1 h ago [Snapshot…, Check for Drift…, Show Drift]',
      '# Locks: Stack | Operation | Holder | Held for | Evidence',
      'prod-web | deployment | admin | 46 min | Not released; runs out at 2100-01-01 02:59 UTC. [Break Lock…]',
      'staging-db | deployment | ci-runner | 1 h | Ran out at 2025-10-10 13:48 UTC. sloth-runner leaves such locks in place. [Break Lock…]',
      '# Drift pending: Resource | Stack | Fields | Found | Source',
      'nginx · service | prod-web | state, replicas | 46 min ago |  [Show Drift, Resolve, Ignore…, Adopt…]',
      '# Last activity: What | Stack | Kind | By | When',
      'State locked for deployment | prod-web | lock | admin | 46 min ago',
    ]);
  });

  it('says so where nothing is recorded', () => {
    expect(linesOf(stacksPage(EMPTY_STATE, NOW)).filter(line => line.startsWith('No '))).toEqual([
      'No stack is recorded.',
      'No stack is locked.',
      'No drift is pending.',
      'No activity is recorded.',
    ]);
  });

  it('names the database where there are several', async () => {
    const [one, two] = [await sample(), { ...(await sample()), key: keyOf('other') }];
    const [table] = stacksPage(stateOf(one, two), NOW).tables;
    const names = table?.rows.map(({ cells }) => cells[0]?.text);
    expect(names).toHaveLength(4);
    for (const name of names ?? []) expect(name).toMatch(/^.+ \/ (prod-web|staging-db)$/);
  });
});

describe('drift', () => {
  it('is told field by field, what is pending first', async () => {
    expect(linesOf(driftPage(stateOf(await sample()), undefined, NOW))).toEqual([
      'Drift [Check for Drift…]',
      'Drifted resources: 2, of which pending: 1.',
      'Servers were not asked.',
      '# Differences: Resource | Where | Field | Expected | Actual | Found | Source | Resolution',
      'nginx · service | prod-web | replicas | 4 | 2 | 46 min ago |  | pending [Resolve, Ignore…, Adopt…]',
      'nginx · service | prod-web | state | running | stopped | 46 min ago |  | pending [Resolve, Ignore…, Adopt…]',
      'postgres-staging · database | staging-db | instance_type | db.t3.medium | db.t3.large | 1 h ago |  | ignored [Reopen]',
      'postgres-staging · database | staging-db | version | 14.5 | 14.9 | 1 h ago |  | ignored [Reopen]',
      'postgres-staging · database | staging-db | multi_az | nothing | false | 1 h ago |  | ignored [Reopen]',
    ]);
  });

  it('of one stack is a page of its own, until the stack is gone', async () => {
    const project = await sample();
    const { key } = stackOf(project, 'prod-web');
    const page = driftPage(stateOf(project), key, NOW);
    expect(page?.title).toBe('Drift of prod-web');
    expect(page?.actions.map(action => [action.id, action.key])).toEqual([
      ['shipshape.checkDrift', key],
      ['shipshape.copyDrift', key],
    ]);
    expect(page?.tables[0]?.rows).toHaveLength(2);
    expect(driftPage(EMPTY_STATE, key, NOW)).toBeUndefined();
  });

  it('tells of a secret that it differs, and shows neither value', async () => {
    const project = await sample();
    const stack = stackOf(project, 'prod-web');
    const [drift] = stack.drift;
    if (!drift) throw new Error('the sample has drift');
    // Both values were masked when they were read.
    const values = { password: MASK };
    const secret = { ...drift, fields: [clean('password')], expected: values, actual: values };
    const changed = { ...project, stacks: [{ ...stack, drift: [secret] }] };
    const [table] = driftPage(stateOf(changed), stack.key, NOW)?.tables ?? [];
    expect(table?.rows.map(({ cells }) => cells.slice(2, 5).map(({ text }) => text))).toEqual([
      ['password', '••••••', '••••••'],
    ]);
  });

  it('of services is what their record says against itself and the configuration', async () => {
    const { root, write } = workspace(onTestFinished);
    const web: ServiceRecord = {
      image: 'acme/web:v1',
      image_id: 'sha256:1',
      replicas: 2,
      ports: [],
      domains: null,
      health: 'unhealthy',
      containers: ['running', 'exited'].map((status, index) => ({
        id: `c${index}`,
        node: 'web01',
        status,
        started_at: '2025-10-10T14:00:00Z',
      })),
    };
    const deploy = { environment: 'production', at: NOW - HOUR, services: { web } };
    const servers = { production: ['web01'] };
    write(takoFolder({ form: 'seed', name: 'acme', createdAt: NOW - HOUR, servers, deploys: [deploy] }));
    write({
      'tako.yaml': 'project: {name: acme}\nenvironments: {production: {services: {db: {image: postgres}}}}\n',
    });
    const state = await readOnce(
      openReader({}, undefined, () => NOW),
      [root],
    );
    expect(linesOf(driftPage(state, undefined, NOW)).slice(4)).toEqual([
      'web | production | running containers | 2 | 1 | 1 h ago | record of the deployment | ',
      'web | production | health | healthy | unhealthy | 1 h ago | record of the deployment | ',
      'web | production | configuration | not there | deployed | 1 h ago | record of the deployment | ',
    ]);
  });
});
