import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import {
  recordHealth,
  type HealthCheck,
  type Sample,
  type ServiceHealth,
} from '../../../../src/state/tako/health.ts';
import { contents } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, facts, readProject, service } from './reading.ts';
import { AT, commit, MINUTE, save } from './writing.ts';

const HEALTHY: HealthCheck = { status: 'healthy', responseTimeMs: 25 };
const SAMPLE: Sample = { cpu: '120m', memory: '256Mi', replicas: 3 };
const HEALTH = '.tako/services/web/health.json';

function record(root: string, seen: Partial<ServiceHealth>, at = AT): Promise<void> {
  const all = { service: 'web', checks: [], samples: [], ...seen };
  return commit(root, () => recordHealth(root, all, at));
}

test('checks and samples have the form of their files and are read back', async () => {
  const { root, file } = workspace(onTestFinished);
  await save(root);
  const before = contents(root);
  await record(
    root,
    {
      checks: [
        {
          status: 'unhealthy',
          responseTimeMs: 3_000,
          node: 'server2',
          error: 'status 500, password=hunter22',
        },
        { ...HEALTHY, node: 'server1' },
      ],
      samples: [SAMPLE],
    },
    AT + 5 * MINUTE,
  );
  const after = contents(root);
  expect(readFileSync(file(HEALTH), 'utf8')).toBe(`{
  "checks": [
    {
      "timestamp": "2024-11-13T10:35:00Z",
      "status": "unhealthy",
      "response_time_ms": 3000,
      "node": "server2",
      "error": "status 500, password=••••••"
    },
    {
      "timestamp": "2024-11-13T10:35:00Z",
      "status": "healthy",
      "response_time_ms": 25,
      "node": "server1"
    }
  ]
}`);
  expect(after['.tako/services/web/metrics.json']).toBe(`{
  "samples": [
    {
      "timestamp": "2024-11-13T10:35:00Z",
      "cpu": "120m",
      "memory": "256Mi",
      "replicas": 3
    }
  ]
}`);
  const state = '.tako/services/web/state.json';
  expect(after[state]).toBe(
    before[state]
      ?.replace('"last_check": "2024-11-13T10:30:00Z"', '"last_check": "2024-11-13T10:35:00Z"')
      .replace('"status": "healthy"', '"status": "unhealthy"')
      .replace('"response_time_ms": 0', '"response_time_ms": 3000')
      .replace('"current_cpu": ""', '"current_cpu": "120m"')
      .replace('"current_memory": ""', '"current_memory": "256Mi"'),
  );
  const project = await readProject(root);
  expect(briefs(project)).toEqual([]);
  expect(service(project, 'web')).toMatchObject({ health: 'unhealthy', at: AT + 5 * MINUTE });
  expect(facts(service(project, 'web'))).toContain('Health checks: 1 of 2 healthy');
});

test('a ring holds the newest 500 and nothing of it changes otherwise', async () => {
  const { root, file, write } = workspace(onTestFinished);
  const check = (number: number): string =>
    `{"timestamp":"2024-11-13T10:00:00Z","status":"healthy","response_time_ms":${number}.0}`;
  const checks = Array.from({ length: 499 }, (_, index) => check(index));
  write({ [HEALTH]: `{"x":1.0,"checks":[${checks.join(',')}],"y":2}` });
  await record(root, { checks: [HEALTHY] });
  const next = '{"timestamp":"2024-11-13T10:30:00Z","status":"healthy","response_time_ms":25}';
  expect(readFileSync(file(HEALTH), 'utf8')).toBe(
    `{"x":1.0,"checks":[${[...checks, next].join(',')}],"y":2}`,
  );
  await record(root, { checks: [HEALTHY, HEALTHY] });
  const standing = [...checks.slice(2), next, next, next];
  expect(readFileSync(file(HEALTH), 'utf8')).toBe(`{"x":1.0,"checks":[${standing.join(',')}],"y":2}`);
  expect(standing).toHaveLength(500);
});

test('a list that is missing is made; what is no list stays', async () => {
  const { root, file, write } = workspace(onTestFinished);
  for (const text of ['{}', '{"checks":null}', '{"other":1}']) {
    write({ [HEALTH]: text });
    await record(root, { checks: [HEALTHY] });
    expect((JSON.parse(readFileSync(file(HEALTH), 'utf8')) as { checks: object[] }).checks).toHaveLength(1);
  }
  for (const text of ['{"checks":{}}', '{"checks":"x"}', '[]', '{', '']) {
    write({ [HEALTH]: text });
    await expect(record(root, { checks: [HEALTHY] })).rejects.toMatchObject({
      code: expect.stringMatching(/^(no-such-path|not-an-object|damaged)$/) as string,
    });
    expect(readFileSync(file(HEALTH), 'utf8')).toBe(text);
  }
});

test.each<Partial<ServiceHealth>>([
  { checks: [{ ...HEALTHY, status: 'fine' as 'healthy' }] },
  { checks: [{ ...HEALTHY, responseTimeMs: -1 }] },
  { checks: [{ ...HEALTHY, responseTimeMs: 1.5 }] },
  { checks: [{ ...HEALTHY, responseTimeMs: Infinity }] },
  { samples: [{ ...SAMPLE, cpu: 'a lot' }] },
  { samples: [{ ...SAMPLE, memory: '256 Mi' }] },
  { samples: [{ ...SAMPLE, replicas: Number.NaN }] },
  { service: '../web', checks: [HEALTHY] },
])('%j is refused', async seen => {
  const { root } = workspace(onTestFinished);
  await expect(record(root, seen)).rejects.toMatchObject({
    code: expect.stringMatching(/^(bad-value|bad-name)$/) as string,
  });
  expect(contents(root)).toEqual({});
});
