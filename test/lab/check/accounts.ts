import { clean, say } from '../../../src/base/clean.ts';
import type { ServerRef } from '../../../src/servers/server.ts';
import { Connections } from '../../../src/ssh/connections.ts';
import { workspace } from '../../kit/workspace.ts';
import type { Debian } from '../lab.ts';
import { sshConfig, type Reached } from '../upgrade/fleet.ts';

/** `may`: become root without a password. `maynot`: only with one. */
export type Account = 'may' | 'maynot';

/** Gives a server these accounts, which its key opens. */
export async function accounts(server: Debian): Promise<void> {
  await server.run(`
    for each in may maynot; do
      useradd -m -s /bin/bash $each
      mkdir -m 700 /home/$each/.ssh
      cp ~root/.ssh/authorized_keys /home/$each/.ssh/
      chown -R $each: /home/$each/.ssh
    done
    printf 'may ALL=(ALL) NOPASSWD: ALL\\nmaynot ALL=(ALL) ALL\\n' >/etc/sudoers.d/lab`);
}

/** Connections that know these servers by their names. */
export function connectionsTo(
  whenDone: (close: () => void) => void,
  servers: readonly Reached[],
): Connections {
  const configFile = sshConfig(workspace(whenDone).root, servers);
  const connections = new Connections({
    settings: () => ({ configFile, trusted: true }),
    here: say('in this test'),
  });
  whenDone(() => connections.close());
  return connections;
}

export function refTo({ name }: Reached, user?: string): ServerRef {
  return { id: name, name: clean(name), target: { host: name, ...(user !== undefined && { user }) } };
}
