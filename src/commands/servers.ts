import type { Key } from '../base/finding.ts';
import { refOf, type ServerRef } from '../servers/server.ts';
import { machineOf, machinesOf, type Machine } from '../state/machines.ts';
import type { State } from '../state/model.ts';
import { serverSettings } from '../views/workspace.ts';
import type { Desk } from './desk.ts';
import { subjectOf } from './subject.ts';

/** The servers that can be reached: all of them, those of an environment, or the one of a row. */
export function serversFor({ state, sidebar }: Desk, key?: Key): ServerRef[] {
  const settings = serverSettings();
  const of = key === undefined ? undefined : (sidebar.row(key)?.subject ?? key);
  return machinesFor(state.now, of).flatMap(machine => refOf(machine, settings) ?? []);
}

function machinesFor(state: State, key: Key | undefined): readonly Machine[] {
  if (key === undefined) return machinesOf(state);
  const { project, environment } = subjectOf(state, key) ?? {};
  const keys = environment
    ? (project?.servers ?? []).filter(({ name }) => environment.servers.includes(name)).map(each => each.key)
    : [key];
  return keys.flatMap(each => machineOf(state, each) ?? []);
}
