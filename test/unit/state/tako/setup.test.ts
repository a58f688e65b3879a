import { describe, expect, onTestFinished, test } from 'vitest';
import { workspace } from '../../../kit/workspace.ts';
import { readProject } from './reading.ts';

const CONFIG = `project: { name: shop, version: 1 }
servers: { web01: { host: 10.0.0.1 } }
environments: { production: { servers: [web01], services: {} } }
`;

async function setupIn(section: string) {
  const { root, write } = workspace(onTestFinished);
  write({ 'tako.yaml': CONFIG + section });
  const { setup } = await readProject(root);
  return setup;
}

describe('the section for upgrades', () => {
  test('is read as the design of server setup writes it', async () => {
    const setup = await setupIn(`setup:
  auto_check_updates: true
  auto_upgrade: false
  upgrade_strategy: "conservative"
  maintenance_window:
    enabled: true
    days: ["saturday", "sunday"]
    start_time: "02:00"
    end_time: "06:00"
`);
    expect(setup).toMatchObject({
      checks: true,
      upgrades: false,
      strategy: 'conservative',
      window: { days: ['saturday', 'sunday'], start: '02:00', end: '06:00' },
      source: { line: 4 },
    });
    expect(setup?.source.file).toMatch(/tako\.yaml$/);
  });

  test('is read in the spelling of the sections beside it', async () => {
    const setup = await setupIn(
      'setup: {autoUpgrade: true, upgradeStrategy: aggressive, maintenanceWindow: {startTime: 2:00, endTime: 06:00}}\n',
    );
    expect(setup).toMatchObject({
      upgrades: true,
      strategy: 'aggressive',
      window: { start: '2:00', end: '06:00' },
    });
    expect(setup?.window).not.toHaveProperty('days');
  });

  test('has no window where it is switched off, and one that says nothing where it cannot be read', async () => {
    const off = await setupIn('setup: { maintenance_window: { enabled: false, start_time: "02:00" } }\n');
    expect(off).toBeDefined();
    expect(off?.window).toBeUndefined();
    expect((await setupIn('setup: { maintenance_window: nightly }\n'))?.window).toEqual({});
    const odd = await setupIn(
      'setup: { auto_upgrade: perhaps, upgrade_strategy: ["bold"], maintenance_window: { days: saturday } }\n',
    );
    expect(odd).toMatchObject({ upgrades: false, window: { days: [] } });
    expect(odd?.strategy).toBe('');
  });

  test('can be missing', async () => {
    expect(await setupIn('')).toBeUndefined();
    expect(await setupIn('setup: []\n')).toBeUndefined();
    expect(await setupIn('setup:\n')).toMatchObject({ source: { line: 4 } });
  });
});
