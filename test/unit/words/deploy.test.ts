import { expect, it } from 'vitest';
import { clean, type Clean } from '../../../src/base/clean.ts';
import type { Finding } from '../../../src/base/finding.ts';
import type { Plan } from '../../../src/operations/operation.ts';
import { productionBy } from '../../../src/words/production.ts';
import {
  commitWords,
  deployable,
  deployEnd,
  deployQuestion,
  silentServers,
  withoutWords,
} from '../../../src/words/deploy.ts';
import { failure, seen } from '../../kit/asked.ts';
import { answerOf } from '../../kit/observed.ts';

const finding = (severity: Finding['severity'], code: string, text: string): Finding => ({
  severity,
  code,
  text: clean(text),
});

const PLAN: Plan = {
  title: clean('Deploy a1b2c3d to production of shop'),
  target: clean('shop'),
  risk: 'production',
  changes: [
    { path: [clean('web'), clean('image')], kind: 'changed', from: clean('web:1'), to: clean('web:2') },
    { path: [clean('api')], kind: 'added', to: clean('api:1') },
    { path: [clean('old')], kind: 'removed', from: clean('old:1') },
  ],
  findings: [
    finding('info', 'time', 'About 3 min'),
    finding('info', 'servers', 'web01, web02'),
    finding('warning', 'interruption', 'Short interruption of web'),
    finding('info', 'unchanged', 'db unchanged'),
    finding('info', 'stateful', 'What the volumes of web hold stays as it is'),
  ],
  steps: [clean('Build web')],
  undoable: true,
};

it('a deployment is asked about in few lines: warnings, what it is, what changes, where', () => {
  expect(deployQuestion(PLAN, clean('main · clean')).split('\n')).toEqual([
    'Warning: Short interruption of web.',
    'main · clean',
    'Changes web · Starts api · Ends old · db unchanged',
    'What the volumes of web hold stays as it is',
    'About 3 min · web01, web02',
  ]);
  const told = clean('What the volumes of web hold stays as it is.');
  expect(deployQuestion(PLAN, told).match(/What the volumes/g)).toHaveLength(1);
  const many = Array.from({ length: 20 }, (_, index) => finding('warning', 'odd', `Odd ${index}`));
  const lines = deployQuestion({ ...PLAN, findings: many }).split('\n');
  expect(lines).toHaveLength(8);
  expect(lines.at(-1)).toBe('…');
});

it('says of a commit what Git says, and nothing that is not known', () => {
  const commit = { id: 'a1b2c3d4', branch: clean('main'), dirty: false };
  const counted = (commits: number | undefined, more = false) => ({ commits, more, files: 0 });
  const words = (...args: Parameters<typeof commitWords>): Clean => commitWords(...args);
  expect(words({ ...commit, pushed: true }, '9d1c0aaffff', counted(14))).toBe(
    'main · clean · pushed · 14 commits since 9d1c0aa',
  );
  expect(words(commit, '9d1c0aaffff', counted(1))).toBe('main · clean · 1 commit since 9d1c0aa');
  expect(words(commit, '9d1c0aaffff', counted(undefined))).toBe('main · clean');
  expect(words({ ...commit, dirty: true, pushed: false }, undefined, { ...counted(3), files: 2 })).toBe(
    'main · 2 files uncommitted · not pushed',
  );
  expect(words(undefined, undefined, undefined)).toBe('No Git repository is known for its folder.');
});

it('an environment is deployed to with all of its servers, or not at all', async () => {
  const state = await seen({ a: answerOf('2.0.0'), b: failure('unreachable') });
  const [project] = state.projects;
  const [environment] = project?.environments ?? [];
  if (!project || !environment) throw new Error('no environment');
  const settings = { servers: {}, isProduction: productionBy(['prod*']) };
  const { where } = deployable(state, project, environment, settings);
  expect(where).toMatchObject({
    tool: 'tako',
    project: 'shop',
    environment: 'production',
    isProduction: true,
  });
  expect(where?.servers.map(({ name, target }) => [name, target.host])).toEqual([
    ['a', '10.0.0.1'],
    ['b', '10.0.0.2'],
  ]);
  if (where) expect(silentServers(where, state.observed)).toEqual(['b']);
  const other = { ...environment, servers: [...environment.servers, clean('c')] };
  expect(deployable(state, project, other, settings)).toEqual({ why: 'No address is known here of c.' });
  expect(deployable(state, { ...project, tool: 'ftl2' }, environment, settings).where).toBeUndefined();
});

it('asks whether to go on without those that do not answer, and says why they do not', () => {
  const of = (name: string, why: string): Finding => ({
    ...finding('error', 'no-answer', `${name} does not answer: ${why}`),
    evidence: clean('Look at it.'),
  });
  expect(withoutWords([of('web03', 'Its host key has changed.')], 2)).toBe(
    'web03 does not answer: Its host key has changed. (Look at it)\nGo on with the 2 that do?',
  );
  const many = withoutWords(
    Array.from({ length: 9 }, (_, index) => of(`web${index}`, 'Nothing.')),
    1,
  );
  expect(many.split('\n')).toHaveLength(8);
  expect(many).toContain('And 3 more.\nGo on with the one that does?');
});

it('the end is what was seen', () => {
  const text = clean('production runs a1b2c3d on 2 of 2 servers, checked 14:08');
  expect(deployEnd(PLAN, { state: 'verified', text })).toBe(text);
  expect(deployEnd(PLAN, { state: 'verified' })).toBe('Deploy a1b2c3d to production of shop: done.');
  expect(deployEnd(PLAN, { state: 'failed', why: clean('web02 is not healthy') })).toBe(
    'web02 is not healthy',
  );
});
