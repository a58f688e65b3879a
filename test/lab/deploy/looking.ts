/** A person who checks servers in a lab, and is told what runs otherwise than recorded. */
import { say, type Clean } from '../../../src/base/clean.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { openFleet } from '../../../src/fleet.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { withComposeServers, type ComposeServers } from '../../../src/state/composed.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import type { State } from '../../../src/state/model.ts';
import type { Observation } from '../../../src/state/observed.ts';
import { driftText } from '../../../src/words/running.ts';
import { comparedIn, type ComparedEnvironment } from '../../../src/words/running-drift.ts';
import { refOf } from '../../../src/servers/server.ts';
import { workspace } from '../../kit/workspace.ts';
import type { Server } from '../lab.ts';
import { sshConfig } from '../upgrade/fleet.ts';

export interface Look extends ComparedEnvironment {
  readonly state: State;
  readonly drift: readonly Clean[];
  readonly evidence: readonly Clean[];
  readonly compared: readonly Clean[];
  readonly left: readonly Clean[];
}

/** Asks all servers of the one environment of a project, and compares it as the editor does. */
export function looking(
  whenDone: (close: () => unknown) => void,
  servers: readonly Server[],
  projectRoot: string,
  named: ComposeServers = {},
): () => Promise<Look> {
  const { root, file } = workspace(whenDone);
  const configFile = sshConfig(root, servers);
  const heard = new Map<string, Observation>();
  const fleet = openFleet({
    settings: () => ({ configFile, trusted: true }),
    here: say('in this test'),
    storage: file('storage'),
    now: Date.now,
    observed: (id, observation) => void heard.set(id, observation),
    upgrading: () => undefined,
  });
  whenDone(() => fleet.close());
  return async () => {
    heard.clear();
    const read = await readOnce(openReader({}), [projectRoot]);
    const state = { ...read, projects: read.projects.map(each => withComposeServers(each, named)) };
    const refs = machinesOf(state).flatMap(each => refOf(each, {}) ?? []);
    await fleet.check(refs, askNobody(), new AbortController().signal);
    const seen = { ...state, observed: Object.fromEntries(heard) };
    const [found] = comparedIn(seen);
    if (!found) throw new Error('Nothing was recorded');
    const { drift, compared, left } = found.comparison;
    return {
      ...found,
      state: seen,
      compared,
      left: left.map(({ why }) => why),
      drift: drift.map(driftText),
      evidence: drift.map(each => each.evidence),
    };
  };
}
