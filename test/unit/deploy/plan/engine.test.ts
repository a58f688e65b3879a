import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import type { Asked } from '../../../../src/deploy/plan/asked.ts';
import { engineOf, holdFindings, holdsOf } from '../../../../src/deploy/plan/engine.ts';
import { asked, where } from '../../../kit/deployed.ts';
import { held } from '../../../kit/observed.ts';

const decide = (
  servers: readonly Asked[],
  without?: readonly string[],
): readonly [string | undefined, readonly string[], readonly string[]] => {
  const { engine, findings } = engineOf(where(servers), servers, without);
  return [engine?.kind, engine?.servers.map(({ name }) => name) ?? [], findings.map(({ code }) => code)];
};

test('plain Docker runs containers, and a swarm is changed through its manager', () => {
  expect(decide([asked('web1'), asked('web2')])).toEqual(['containers', ['web1', 'web2'], []]);
  const manager = asked('web1', { docker: { state: 'answers', swarm: 'manager' } });
  const worker = asked('web2', { docker: { state: 'answers', swarm: 'worker' } });
  expect(decide([worker, manager])).toEqual(['swarm', ['web2', 'web1'], []]);
  expect(engineOf(where([worker, manager]), [worker, manager]).engine).toMatchObject({
    manager: { name: 'web1' },
  });
  expect(decide([worker])).toEqual([undefined, [], ['no-manager']]);
  expect(decide([manager, asked('web3')])).toEqual(['swarm', ['web1', 'web3'], ['mixed']]);
});

test('what cannot be deployed to says why', () => {
  const takod = { kind: 'takod', evidence: clean('takod.service') } as const;
  const findings = [
    [asked('web1', { setup: takod }), 'takod'],
    [asked('web1', { root: false }), 'not-root'],
    [asked('web1', { docker: { state: 'silent' } }), 'no-docker'],
    [asked('web1', { docker: { state: 'none' } }), 'no-docker'],
    [asked('web1', { docker: { state: 'answers', partly: true } }), 'partly'],
    [asked('web1', 'silent'), 'no-answer'],
  ] as const;
  for (const [server, code] of findings) expect(decide([server])[2]).toEqual([code]);
  expect(decide([])[2]).toEqual(['no-servers']);
});

test('a project of Stagecraft needs Docker Compose, which the plan misses already', () => {
  const decided = (compose?: string): unknown => {
    const docker = { state: 'answers', ...(compose !== undefined && { compose: clean(compose) }) } as const;
    const server = asked('web1', { docker });
    return engineOf({ ...where([server]), tool: 'stagecraft' }, [server]);
  };
  const engine = { kind: 'compose', servers: [{ name: 'web1' }] };
  expect(decided('2.26.1')).toMatchObject({ engine, findings: [] });
  // Where that was not told, deploying finds out.
  expect(decided()).toMatchObject({ engine, findings: [] });
  expect(decided('none')).toMatchObject({
    findings: [
      { severity: 'error', code: 'no-compose', evidence: expect.stringMatching(/^Install/) as string },
    ],
  });
});

test('a dead server is left out only when a person says so, and not where it is the only one', () => {
  const servers = [asked('web1'), asked('web2', 'silent')];
  expect(decide(servers)).toEqual(['containers', ['web1', 'web2'], ['no-answer']]);
  expect(decide(servers, ['web2'])).toEqual(['containers', ['web1'], []]);
  expect(decide([asked('web2', 'silent')], ['web2'])[2]).toEqual(['no-servers']);
  // One that answers again takes part.
  expect(decide([asked('web1'), asked('web2')], ['web2'])).toEqual(['containers', ['web1', 'web2'], []]);
});

test('who holds the environment stops everybody else until its time is over', () => {
  const holding = (idle: number, environment = 'production'): Asked =>
    asked('web1', {
      deployed: [
        {
          project: clean('shop'),
          environment: clean(environment),
          releases: [],
          hold: held(0, { now: 1_000_000, idle }),
        },
      ],
    });
  const named = { project: 'shop', environment: 'production' };
  const findings = (server: Asked): readonly unknown[] =>
    holdFindings(holdsOf(named, [server])).map(({ severity, code }) => [severity, code]);
  expect(findings(holding(10))).toEqual([['error', 'held']]);
  expect(findings(holding(301))).toEqual([['warning', 'left-over']]);
  expect(findings(holding(10, 'staging'))).toEqual([]);
});
