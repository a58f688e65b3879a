import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import { CAREFULLY } from '../upgrade/requests.ts';
import { latest } from '../upgrade/versions.ts';
import { prospect, setUpProspect } from '../words/upgrade.ts';
import type { Desk } from './desk.ts';
import { performUpgrade } from './perform-upgrade.ts';
import { serversFor, upgraded, type Choice, type Judge } from './pick-server.ts';
import { allowedUpgrades } from './upgrade-window.ts';

/** Takes servers to the latest setup version, or to another one that a person chooses. */
export async function upgradeServers(desk: Desk, key?: Key): Promise<void> {
  const to = latest(loadMigrations()) ?? '';
  const judge: Judge = ({ id }) => prospect(desk.state.now.observed[id], to, loadMigrations());
  const chosen = await serversFor(desk, key, judge, { title: say('Upgrade servers'), many: true });
  await upgrade(desk, chosen, to, say('Upgrade'));
}

/** Sets up a server that is not set up yet. */
export async function setUpServer(desk: Desk, key?: Key): Promise<void> {
  const to = latest(loadMigrations()) ?? '';
  const judge: Judge = ({ id }) => setUpProspect(desk.state.now.observed[id]);
  const chosen = await serversFor(desk, key, judge, { title: say('Set up a server'), many: false });
  await upgrade(desk, chosen, to, say('Set Up'));
}

async function upgrade(desk: Desk, chosen: readonly Choice[], to: string, action: Clean): Promise<void> {
  if (chosen.length === 0) return;
  const servers = chosen.map(each => upgraded(desk, each));
  const { window } = { window: undefined, ...allowedUpgrades().window };
  const input = { servers, to, rollout: CAREFULLY, options: [], ...(window && { window }) };
  await performUpgrade(desk, { operation: 'upgrade-servers', input }, action);
}
