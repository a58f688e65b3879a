import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takoDocument, takoEvent, type TakoDocument } from '../../../../src/deploy/tako-cli/document.ts';
import {
  checks,
  deployPlan,
  deployResult,
  drift,
  history,
  services,
  stateStatus,
} from '../../../../src/deploy/tako-cli/documents.ts';

const SAMPLES = path.join(import.meta.dirname, '../../../samples/tako/machine-output');
const text = (name: string): string => readFileSync(path.join(SAMPLES, name), 'utf8');

function sample(name: string): TakoDocument {
  const document = takoDocument(text(name));
  if (!document) throw new Error(`${name} is no document`);
  return document;
}

describe('documents of the tako program', () => {
  test('a plan', () => {
    const { kind, fields } = sample('DeployPlan.json');
    expect(kind).toBe('DeployPlan');
    expect(deployPlan(fields)).toEqual({
      revision: 'abc123',
      servers: ['node-a'],
      services: ['web'],
      changes: [{ type: 'update', service: 'web', reasons: ['Image changed'], commands: [] }],
      destructive: true,
      empty: false,
    });
  });

  test('a result', () => {
    expect(deployResult(sample('DeployResult.json').fields)).toEqual({
      status: 'success',
      services: [{ name: 'web', action: 'deployed' }],
      urls: ['https://app.example.com'],
      manual: [],
    });
  });

  test('what runs, on which nodes', () => {
    const [web, reporter] = services(sample('StatusResult.json').fields);
    expect(web).toMatchObject({ name: 'web', desired: 2, running: 2, health: 'healthy', isJob: false });
    expect(web?.nodes).toEqual([
      { name: 'node-a', running: 1, health: 'healthy' },
      { name: 'node-b', running: 1 },
    ]);
    expect(reporter).toMatchObject({ name: 'reporter', status: 'scheduled', isJob: true });
  });

  test('history with the whole ids of the servers, and the instant of each', () => {
    const [newest, failed] = history(sample('HistoryResult.constructed.json').fields);
    expect(newest).toMatchObject({
      id: '1784382912345678901_4311',
      status: 'rolled_back',
      commit: '4f2c9ab',
    });
    expect(Math.floor(newest?.time?.at ?? 0)).toBe(Date.parse('2026-07-18T13:55:12.345Z'));
    expect(failed?.error).toBe('service web failed readiness check: HTTP 502');
  });

  test('drift, checks and state', () => {
    expect(drift(sample('DriftResult.json').fields)).toEqual({
      drifted: true,
      drifts: [
        {
          service: 'web',
          type: 'replica_count',
          severity: 'high',
          expected: '3 replicas',
          actual: '1 replicas',
        },
      ],
      well: ['api'],
    });
    expect(checks(sample('DoctorResult.json').fields).map(({ status }) => status)).toEqual(['pass', 'fail']);
    const state = stateStatus(sample('StateStatusResult.constructed.json').fields);
    expect(state.nodes).toEqual([{ name: 'production', reachable: true, agent: 'v0.11.0' }]);
    expect(state.recommendations).toHaveLength(3);
  });

  test('a lease that somebody holds', () => {
    const node = {
      name: 'a',
      reachable: true,
      lease: { status: 'held', lease: { id: 'l1', who: 'ann@ci' } },
    };
    const document = takoDocument(JSON.stringify({ kind: 'StateStatusResult', remote: { nodes: [node] } }));
    expect(document && stateStatus(document.fields).nodes).toEqual([
      { name: 'a', reachable: true, lease: 'ann@ci' },
    ]);
  });
});

describe('events', () => {
  test('the one that upstream prints', () => {
    const [line = ''] = text('event.ndjson').split('\n');
    expect(takoEvent(line)).toEqual({
      type: 'deploy.service.reconciled',
      phase: 'deploy',
      level: 'info',
      service: 'web',
      message: '✓ Service web reconciled by takod',
    });
  });

  test('values that are secret are in none of what is said', () => {
    const line = JSON.stringify({ kind: 'Event', type: 'log.line', message: 'connect hunter2-hunter2 now' });
    expect(takoEvent(line, ['hunter2-hunter2'])?.message).toBe('connect •••••• now');
  });

  test('whatever a line holds, it is an event or none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map(data => `{"kind":"Event","type":"t","data":${data}}`),
        ),
        line => {
          const event = takoEvent(line);
          expect(event?.type).not.toBe('');
        },
      ),
    );
  });

  test('fields of other types than expected are left out, in every kind of document', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'services',
            'changes',
            'deployments',
            'drifts',
            'checks',
            'remote',
            'git',
            'revision',
          ),
          fc.jsonValue(),
        ),
        fields => {
          const document = takoDocument(JSON.stringify({ kind: 'Any', ...fields }));
          if (!document) throw new Error('no document');
          for (const decode of [deployPlan, deployResult, services, history, drift, checks, stateStatus]) {
            expect(() => decode(document.fields)).not.toThrow();
          }
        },
      ),
    );
  });
});
