import { clean } from '../base/clean.ts';
import { keyOf } from '../base/finding.ts';
import type { ServerSettings } from '../ssh/target.ts';
import { ONLY_NAMED } from '../state/composed.ts';
import type { Server } from '../state/model.ts';
import { reached } from '../state/reach.ts';

/** The servers that the settings name. Those that a project names too are one machine with it (`machinesOf`). */
export function serversOf(settings: ServerSettings): readonly Server[] {
  return Object.entries(settings).map(([name, { host = name, port, user }]) => ({
    key: keyOf('settings', 'servers', name),
    name: clean(name),
    kind: 'settings',
    ...reached(
      { address: clean(host), port, ...(user !== undefined && { user: clean(user) }) },
      { host, user },
    ),
    ...ONLY_NAMED,
  }));
}
