import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { ServerAnswer } from '../../../src/state/observed.ts';
import { HOSTILE } from '../../kit/hostile.ts';
import { answerTo } from './answers.ts';

/** A whole answer that has this text wherever a text can be. */
function answerWith(text: string): ServerAnswer {
  const json = (value: unknown): string => JSON.stringify(value);
  const base64 = (value: unknown): string => Buffer.from(json(value)).toString('base64');
  const line = text.replace(/[\n\t]/g, ' ');
  const labels = { 'tako.service': text, [text]: text, 'traefik.http.routers.a.rule': `Host(\`${text}\`)` };
  const container = {
    Id: text,
    Name: text,
    Image: text,
    RestartCount: text,
    State: { Status: text, StartedAt: text, Health: { Status: text } },
    Config: { Image: text, Labels: labels },
  };
  const service = {
    ID: text,
    Spec: { Name: text, Labels: labels, TaskTemplate: { ContainerSpec: { Image: text } } },
    UpdateStatus: { State: 'updating' },
  };
  const task = { Name: `${text}.1`, Node: text, CurrentState: text, Error: text, Image: text };
  const node = { Hostname: text, Status: text, Availability: text };
  const holder = Buffer.from(`abc\n1 2\n${json({ by: text, operation: text, release: text })}`);
  const version = { version: '1.0.0', components: { [text]: text }, features: [text], installed_at: text };
  const lease = { expiresAt: '2999-01-01T00:00:00Z', projectName: text, environment: text, who: text };
  const names = ['time', 'user', 'account', 'system', 'systemd', 'component', 'feature', 'journal', 'run'];
  const more = ['backup', 'stored', 'disk', 'inodes', 'memory', 'load', 'uptime', 'processors', 'packages'];
  return answerTo(
    [
      'begin\t1',
      'account\t0',
      'version-file\tfile',
      `version-json\t${base64(version)}`,
      `version-digest\t${line}`,
      ...[
        ...names,
        ...more,
        'deploying',
        'docker',
        'docker-program',
        'tasks',
        'hold',
        'image',
        text,
        line,
      ].map(name => `${name}\t${line}`),
      `component\t${line} ${line}`,
      `journal\t2026-01-01T00:00:00Z run-1 begin ${line}`,
      `disk\t${line} 1 1 1 1% /${line}`,
      `container\t${json(container)}`,
      `service\t${json(service)}`,
      `lease\t${base64(lease)}`,
      `task\t${json(task)}`,
      `node\t${json(node)}`,
      'images\tnewest',
      `image\tsha256:${'1'.repeat(64)} 1kB ${line}`,
      `image\t${line} ${line} ${line}`,
      `deployed\tshop/${line} ${line}`,
      'deployed\tshop/production r-1',
      `hold\tshop/production 9 8 no ${holder.toString('base64')}`,
      `hold\tshop/${line} ${line}`,
      `hold\tshop/other 1e300 -1e300 no ${holder.toString('base64')}`,
      'end\t1',
    ].join('\n'),
    text,
  );
}

/** Every text in an answer that can be shown: names too, but not what is kept as it is to be worked with. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === 'versionFile' ? [] : [name, ...textsIn(each)],
  );
}

function expectHarmless(answer: ServerAnswer): void {
  for (const text of textsIn(answer)) {
    expect(text).toBe(clean(text, 1_000));
    expect(text.length).toBeLessThanOrEqual(1_000);
  }
  for (const list of [
    answer.containers,
    answer.services,
    answer.disks,
    answer.backups,
    answer.stored,
    answer.images ?? [],
  ])
    expect(list.length).toBeLessThanOrEqual(5_000);
  expect(structuredClone(answer)).toEqual(answer);
}

describe('What a server answers', () => {
  const others = [
    "'; touch x; '",
    '$(touch x)',
    '\u001b[31mred\u001b]0;title\u0007',
    '\u202egnp.exe',
    'x\u0000y',
  ];
  const long = ['y'.repeat(400_000), '{'.repeat(5_000), '-----BEGIN OPENSSH PRIVATE KEY-----\nabc'];

  test('is clean and bounded, whatever stands in it', () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(300);
    for (const text of [...HOSTILE, ...others, ...long, '__proto__', 'constructor']) {
      const answer = answerWith(text);
      expectHarmless(answer);
      expect(answer.containers).toHaveLength(clean(text) === '' ? 0 : 1);
      expect(answer.deployed?.find(({ hold }) => hold)?.hold?.token).toBe('abc');
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), text => expectHarmless(answerWith(text))),
    );
  });

  test('is never guessed when it was mangled on its way', () => {
    const whole = [
      'begin\t1',
      'time\t101.5',
      'user\troot',
      'account\t0',
      'version-file\tfile',
      `version-json\t${Buffer.from('{"version": "1.1.0"}').toString('base64')}`,
      'version-digest\tabc',
      'disk\t/dev/sda1 100 40 60 40% /',
      'memory\t100 50',
      'docker\t{"version":"20.10","swarm":"active","manager":true}',
      'container\t{"Id":"c1","State":{"Status":"running"},"Config":{}}',
      'end\t1',
    ].join('\n');
    const cut = fc.tuple(fc.nat(whole.length), fc.nat(whole.length), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(cut, ([from, to, put]) => {
        const mangled = whole.slice(0, Math.min(from, to)) + put + whole.slice(Math.max(from, to));
        const answer = answerTo(mangled);
        expectHarmless(answer);
        const { setup } = answer;
        // Another version can be made of it only by making another version file.
        if (!mangled.includes('version-file\tabsent')) expect(setup.kind).not.toMatch(/not-set-up|legacy/);
        if (!mangled.startsWith('begin\t') || !/\nend\t[^\n]*\n*$/.test(mangled))
          expect(setup.kind).toBe('unknown');
      }),
      { numRuns: 1_000 },
    );
  });

  test('counts for what can be read of it', () => {
    const answer = answerTo(
      'begin\t1\ntime\t101.5\nuser\tdeploy\ndisk\t/dev/sda1 100 40 60 40% /\nmemory\t100 5',
      'cut',
    );
    expect(answer).toMatchObject({
      setup: { kind: 'unknown', why: expect.stringContaining('cut') as string },
      user: 'deploy',
      disks: [{ path: '/', total: 102_400, free: 61_440, inodes: 0, inodesFree: 0 }],
      docker: { state: 'none' },
    });
  });
});
