import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Action } from './page.ts';
import type { Ability } from './row.ts';

/** As short as the buttons of a table want it; each is the command that a row's menu has under its whole name. */
const TITLES = {
  snapshotStack: () => say('Snapshot…'),
  lockStack: () => say('Lock…'),
  breakStackLock: () => say('Break Lock…'),
  checkDrift: () => say('Check for Drift…'),
  showDrift: () => say('Show Drift'),
  copyDrift: () => say('Copy Drift as JSON'),
  resolveDrift: () => say('Resolve'),
  ignoreDrift: () => say('Ignore…'),
  adoptDrift: () => say('Adopt…'),
  reopenDrift: () => say('Reopen'),
  redeploy: () => say('Redeploy…'),
  checkEnvironment: () => say('Check Servers'),
} satisfies Partial<Record<Ability, () => Clean>>;

type Titled = keyof typeof TITLES;

/** Those of the wanted actions that a row with these abilities offers. */
export function actionsOn(
  key: Key,
  abilities: readonly Ability[],
  wanted: readonly Titled[] = Object.keys(TITLES) as Titled[], // the keys of our own object
): Action[] {
  return wanted.filter(each => abilities.includes(each)).map(each => action(each, key));
}

export function action(ability: Titled, key?: Key): Action {
  return { id: `shipshape.${ability}`, title: TITLES[ability](), ...(key !== undefined && { key }) };
}
