/** The root of what works on servers. It runs in the editor's thread, where people can be asked, and is loaded when first needed. */
import type { Clean } from './base/clean.ts';
import { DEPLOY_SETTINGS, type DeploySettings } from './deploy/access.ts';
import { deployOperations } from './deploy/operations.ts';
import { createRunner } from './operations/runner.ts';
import { checkServers } from './servers/check.ts';
import type { Fleet } from './servers/fleet.ts';
import type { ServerRef } from './servers/server.ts';
import { Connections } from './ssh/connections.ts';
import type { SshSettings } from './ssh/settings.ts';
import type { Observation } from './state/observed.ts';
import type { Access } from './upgrade/access.ts';
import { upgradeOperations } from './upgrade/operations.ts';

export interface FleetOptions extends Pick<Access, 'storage' | 'now' | 'observed' | 'upgrading'> {
  readonly settings: () => SshSettings & { readonly trusted: boolean };
  readonly deploying?: () => DeploySettings;
  /** Which machine dials out, as part of a sentence: "in this dev container". */
  readonly here: Clean;
}

export function openFleet({
  settings,
  deploying = () => DEPLOY_SETTINGS,
  here,
  ...told
}: FleetOptions): Fleet {
  const connections = new Connections({ settings, here });
  const heard = ({ id }: ServerRef, observation: Observation): void => told.observed(id, observation);
  return {
    connections,
    check: (servers, prompts, signal) => checkServers(connections, servers, { prompts, signal }, heard),
    runner: (prompts, leave) =>
      createRunner([
        ...upgradeOperations({ connections, prompts, ...told, ...(leave && { leave }) }),
        ...deployOperations({ connections, prompts, ...told, settings: deploying }),
      ]),
    close: () => connections.close(),
  };
}
