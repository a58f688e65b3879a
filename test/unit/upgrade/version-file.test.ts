import { expect, test } from 'vitest';
import { detected } from '../../../src/upgrade/detection.ts';
import { loadMigrations } from '../../../src/upgrade/migrations.ts';
import { versionText } from '../../../src/upgrade/version-file.ts';

const steps = loadMigrations().filter(({ to }) => to.startsWith('1.') && to !== '1.0.0');

const found = (file: string | undefined, ...more: readonly string[]): ReturnType<typeof detected> => {
  const lines =
    file === undefined
      ? ['version-file\tabsent']
      : [
          'version-file\tfile',
          `version-json\t${Buffer.from(file).toString('base64')}`,
          'version-digest\tabc',
        ];
  return detected({ code: 0, out: ['detect\t1', ...lines, ...more, 'end\t1'].join('\n'), err: '' });
};

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
      ...['mine', 'log-rotation', 'journal-limits', 'log-cleanup'],
      ...['node-exporter', 'metrics-collection', 'health-endpoints', 'traefik-metrics'],
    ],
  });
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
