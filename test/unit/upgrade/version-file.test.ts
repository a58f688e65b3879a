import { expect, test } from 'vitest';
import type { ServerAnswer } from '../../../src/state/observed.ts';
import { judge } from '../../../src/upgrade/judge.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import { versionText } from '../../../src/upgrade/version-file.ts';
import { answer } from '../servers/answers.ts';

const steps = loadMigrations().filter(({ to }) => to.startsWith('1.') && to !== '1.0.0');

const found = (file: string | undefined, ...more: readonly string[]): ServerAnswer => answer({ file, more });

test('keeps everything that it does not mean', () => {
  const before = `{
\t"tako_cli_version": "0.3.0", "future": {"n": 12345678901234567890, "n2": 1.50},
\t"features": ["mine", "log-rotation"],
\t"components": {"docker": "24.0.7", "fail2ban": "1.0.2"},
\t"installed_at": "2024-01-15T10:30:00.123456789+02:00",
\t"version": "1.0.0",
\t"last_upgrade": "0001-01-01T00:00:00Z"
}`;
  const after = versionText(found(before, 'component\tnginx 1.22.1'), steps, []);
  expect(after).toContain('"future": {"n": 12345678901234567890, "n2": 1.50}');
  expect(after).toContain('"installed_at": "2024-01-15T10:30:00.123456789+02:00"');
  expect(JSON.parse(after)).toMatchObject({
    version: '1.2.0',
    last_upgrade: '@now@',
    components: {
      docker: '@version:docker|24.0.7@',
      fail2ban: '@version:fail2ban|1.0.2@',
      nginx: '@version:nginx|@',
      logrotate: '@version:logrotate|@',
      'node-exporter': '@version:node-exporter|@',
    },
    features: [
      'mine',
      'log-rotation',
      'journal-limits',
      'log-cleanup',
      'node-exporter',
      'metrics-collection',
      'health-endpoints',
      'traefik-metrics',
    ],
  });
});

test('has features recorded that come after many others, each once', () => {
  const others = Array.from({ length: 500 }, (_, index) => `mine-${index}`);
  const file = JSON.stringify({ version: '1.0.0', features: [...others, 'log-rotation'] });
  const to11 = steps.slice(0, 1);
  const before = found(file);
  const text = versionText(before, to11, []);
  const { features } = JSON.parse(text) as { readonly features: readonly string[] }; // made above
  expect(features).toEqual([...others, 'log-rotation', 'journal-limits', 'log-cleanup']);
  const after = found(text, 'feature\tlog-rotation');
  expect(judge({ to: '1.1.0', steps: to11, options: [], run: 'run-1', before }, after)).toEqual([]);
});

test('makes what is missing or null', () => {
  const after = versionText(found('{"version": "1.0.0", "features": null}'), steps.slice(0, 1), []);
  expect(JSON.parse(after)).toEqual({
    version: '1.1.0',
    features: ['log-rotation', 'journal-limits', 'log-cleanup'],
    last_upgrade: '@now@',
    installed_at: '0001-01-01T00:00:00Z',
    components: { logrotate: '@version:logrotate|@' },
  });
});

test('of a legacy server begins with when that was set up', () => {
  const legacy = found(
    undefined,
    'setup-complete\t1763285412',
    'feature\tnginx',
    'component\tdocker 20.10.24',
  );
  expect(JSON.parse(versionText(legacy, steps.slice(0, 1), ['grafana-agent']))).toEqual({
    version: '1.1.0',
    installed_at: '2025-11-16T09:30:12Z',
    last_upgrade: '@now@',
    components: { docker: '@version:docker|20.10.24@', logrotate: '@version:logrotate|@' },
    features: ['nginx', 'log-rotation', 'journal-limits', 'log-cleanup'],
    tako_cli_version: '',
  });
});

test('of a new server says that it was never upgraded', () => {
  const text = versionText(found(undefined), loadMigrations().slice(0, 1), []);
  expect(JSON.parse(text)).toMatchObject({
    version: '1.0.0',
    installed_at: '@now@',
    last_upgrade: '0001-01-01T00:00:00Z',
  });
  expect(text.endsWith('}\n')).toBe(true);
});

test('has marks that nothing else in it is taken for, and leaves what the server knows nothing better for', () => {
  const components = {
    docker: '24 (build 5)',
    'My own': '1 2',
    mine: '4 $(x)',
    plain: '1.0',
    odd: 7,
    long: 'y'.repeat(9_000),
  };
  const before = JSON.stringify({ version: '1.0.0', components, features: ['@now@', 'a@@b'] });
  const after = versionText(found(before, 'component\tdocker 20.10.24'), steps.slice(0, 1), []);
  expect(JSON.parse(after)).toMatchObject({
    last_upgrade: '@@@now@@@',
    components: {
      ...components,
      docker: '@@@version:docker|@@@',
      plain: '@@@version:plain|1.0@@@',
      logrotate: '@@@version:logrotate|@@@',
    },
    features: ['@now@', 'a@@b', 'log-rotation', 'journal-limits', 'log-cleanup'],
  });
});
