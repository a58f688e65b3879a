import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { zonedText } from '../../../src/base/time.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { State } from '../../../src/state/model.ts';
import { summariesOf } from '../../kit/summaries.ts';
import { pythonState } from '../../kit/ftl2.ts';
import { below } from '../../kit/files.ts';
import { failedIn, releasesFile } from '../../kit/stagecraft.ts';
import { takoFolder } from '../../kit/tako.ts';
import { HOUR, MINUTE, seedTime } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

/** Every kind of thing that there is a summary of, with everything in it. */
async function company(): Promise<State> {
  const { root, write, sample } = workspace(onTestFinished);
  const container = { id: 'c0ffee', node: 'web01', status: 'exited', started_at: seedTime(NOW - HOUR) };
  const web = {
    image: 'shop/web:a1b2c3d',
    image_id: 'sha256:0',
    replicas: 1,
    ports: [],
    domains: null,
    health: 'unhealthy',
    containers: [container],
  };
  write({
    ...below('shop', {
      ...takoFolder({
        form: 'seed',
        name: 'acme-shop',
        createdAt: NOW - 100 * HOUR,
        servers: { production: ['web01'] },
        deploys: [
          {
            environment: 'production',
            at: NOW - 2 * HOUR,
            id: 'deploy-1',
            commit: 'a1b2c3d4'.repeat(5),
            by: 'maria',
            notes: 'Faster checkout',
            seconds: 90,
            services: { web },
          },
        ],
      }),
      '.tako/.lock': JSON.stringify({
        id: 'l',
        operation: 'deploy',
        who: 'ana@mbp',
        created: seedTime(NOW - MINUTE),
      }),
      'tako.yaml':
        'project: {name: acme-shop, version: "1"}\nservers: {web01: {host: 10.0.0.1, user: deploy}}\nenvironments: {production: {servers: [web01], services: {}}}\n',
    }),
    ...below(
      'billing',
      releasesFile('seed', [
        { environment: 'prod', at: NOW - 9 * HOUR, version: 'v2.0.0', phases: failedIn('rollout') },
      ]),
    ),
    ...below(
      'infra',
      pythonState({
        createdAt: NOW,
        updatedAt: NOW,
        hosts: [{ name: 'web-1', address: '10.0.0.1', user: 'deploy', groups: ['web'], at: NOW - HOUR }],
        resources: [
          { name: 'web-1', provider: 'hetzner', data: { type: 'cx22', status: 'running' }, at: NOW - HOUR },
        ],
      }),
    ),
  });
  sample('sloth-runner/stacks.db', 'infra');
  return readOnce(
    openReader({}, undefined, () => NOW),
    [root],
  );
}

const at = (time: number): string => zonedText(time);

describe('a summary', () => {
  it('of an environment says what is live, since when and by whom, and what was not asked', async () => {
    const all = new Map(summariesOf(await company(), NOW));
    expect(all.get('acme-shop/production')).toBe(
      [
        '**`acme-shop / production`** (Tako)',
        `- Live, by what is recorded: \`a1b2c3d\` since ${at(NOW - 2 * HOUR)}, by \`maria\``,
        '- Compared with Git: 14 commits not deployed · 3 files uncommitted',
        `- \`web\`: \`0 of 1 running\`, \`shop/web:a1b2c3d\`, recorded ${at(NOW - 2 * HOUR)}, not in the configuration`,
        '- Lock: `Locked by ana@mbp. Whether that is still at work cannot be seen from here.`',
        '- Servers: `web01`',
        `- Servers were not asked; this is what is recorded on this machine as of ${at(NOW)}.`,
      ].join('\n'),
    );
  });

  it('of a failed release says how far it came', async () => {
    const all = new Map(summariesOf(await company(), NOW));
    const summary = all.get('billing/prod/v2.0.0') ?? '';
    expect(summary.split('\n').slice(0, 4)).toEqual([
      '**Release `v2.0.0` of `billing / prod`** (Stagecraft)',
      '- Status: `failed in rollout`, recorded as current',
      `- Recorded: ${at(NOW - 9 * HOUR)}`,
      '- Version: `v2.0.0`',
    ]);
    expect(summary).toContain(
      '- Phases: `build` `completed`, `push` `completed`, `migrate_pre` `completed`, `rollout` `failed`',
    );
    expect(all.get('acme-shop/production/a1b2c3d')).not.toContain('Phases');
    expect(all.get('acme-shop/production/a1b2c3d')).toContain('took 1 min');
  });

  it('of a server says what all projects know of it', async () => {
    const all = new Map(summariesOf(await company(), NOW));
    const summary = all.get('web01') ?? '';
    expect(summary).toContain('**Server `web01`**\n- Address: `10.0.0.1`\n');
    expect(summary).toContain('- `acme-shop / production`: `a1b2c3d` since');
    expect(summary).toContain('- Containers: `web` `exited`');
    expect(summary).toContain('groups `web`');
    expect(summary).toContain('- Resource: `cx22` `web-1` `running`');
    expect(summary).toContain('The server was not asked');
  });

  it('of a stack says its status, its lock and its drift', async () => {
    const all = new Map(summariesOf(await company(), NOW));
    const summaries = [...all]
      .filter(([name]) => name.startsWith('stack '))
      .map(([, text]) => text)
      .join('\n');
    expect(summaries).toMatch(/\*\*Stack `staging-db`\*\* \(sloth-runner\)\n- Status: `failed`/);
    expect(summaries).toMatch(/- Lock: `Ran out at /);
    expect(summaries).toMatch(/- Newest snapshot: \d+, \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(summaries).toMatch(/- Drift of `[^`]+`: `/);
    expect(summaries).toContain('What runs was not asked');
  });
});

/** The state with this in every text that came from a file. */
function withEveryText<T>(value: T, text: string): T {
  const poisoned = (each: unknown, name = ''): unknown => {
    if (typeof each === 'string') return OURS.has(name) ? each : clean(text, 300);
    if (Array.isArray(each)) return each.map(one => poisoned(one, name));
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, one]) => [key, poisoned(one, key)]));
  };
  return poisoned(value) as T; // of the same shape
}

const OURS = new Set([
  'key',
  'root',
  'file',
  'tool',
  'outcome',
  'kind',
  'verdict',
  'identity',
  'searched',
  'severity',
  'resources',
]);

/** What is left without code spans: all that a reader of Markdown makes anything of. */
function markup(text: string): string {
  return text.replaceAll(/`[^`\n]+`/g, '<code>');
}

describe('names from files', () => {
  const HOSTILE = [
    '[click](https://example.com)',
    '![i](https://example.com/i.png)',
    'https://example.com',
    '<https://example.com|x>',
    '@here',
    '@channel',
    '<!everyone>',
    '<@U123>',
    '#general',
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '`',
    '``',
    '```',
    '```js',
    '` @here `',
    '**x**',
    '__x__',
    '~~x~~',
    '# x',
    '> x',
    '- x',
    '| a | b |',
    '\\',
    '\\`',
    'x\\',
    '&lt;b&gt;',
    '&#64;here',
    '$(bug)',
    ':fire:',
    '[x]: https://example.com',
    '<!--',
    'a  b',
    "'",
    '{0}',
    '[[x]]',
    '-',
    '1. x',
  ];

  it('cannot become anything but text', async () => {
    const state = await company();
    const harmless = summariesOf(withEveryText(state, 'x'), NOW).map(([, text]) => markup(text));
    expect(harmless.length).toBeGreaterThan(8);
    for (const line of harmless.join('\n').split('\n')) expect(line).not.toMatch(/[`@<[](?!code>)/);
    const check = (text: string): void => {
      const hostile = summariesOf(withEveryText(state, text), NOW);
      expect(hostile.map(([, each]) => markup(each))).toEqual(harmless);
    };
    for (const text of HOSTILE) check(text);
    const grapheme = fc.constantFrom(
      '`',
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      '@',
      '\n',
      '\\',
      '*',
      ' ',
      'a',
      '!',
      '~',
      '|',
      '#',
    );
    const any = fc.string({
      unit: fc.oneof(grapheme, fc.string({ minLength: 1, maxLength: 1 })),
      minLength: 1,
    });
    fc.assert(
      fc.property(
        any.filter(text => clean(text) !== ''),
        check,
      ),
      { numRuns: 300 },
    );
  });
});
