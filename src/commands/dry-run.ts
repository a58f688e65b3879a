import { clean, join, say, type Clean } from '../base/clean.ts';
import { promptsIn } from './prompts.ts';
import { dryRun, type DryRun } from '../upgrade/dry-run.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import type { UpgradedServer, UpgradeInput } from '../upgrade/requests.ts';
import { rootShell } from '../upgrade/shell.ts';
import { route } from '../upgrade/versions.ts';
import { dryRunDocument } from '../words/dry-run.ts';
import type { Desk } from './desk.ts';
import { whileWaiting } from './on-servers.ts';

/** Shows what an upgrade would do: for each server its files as differences, and what would be run. Changes nothing. */
export async function showDryRun(
  desk: Desk,
  { servers, to, options }: UpgradeInput & { readonly to: string },
): Promise<void> {
  const names = join(
    servers.map(({ name }) => name),
    ', ',
  );
  const fleet = await desk.fleet();
  const { connections } = fleet;
  const prompts = promptsIn(desk.secrets);
  const results = await whileWaiting(
    say('Trying the upgrade on {0}, without changing anything…', names),
    signal => {
      const tried = async (server: UpgradedServer): Promise<DryRun> => {
        await fleet.check([server], prompts, signal);
        const setup = desk.state.now.observed[server.id]?.answer?.setup;
        const from = setup && 'version' in setup ? setup.version : undefined;
        const found = route(from, to, loadMigrations());
        if (!found.ok || !setup)
          return { files: [], commands: [], notes: [found.ok ? NOT_KNOWN() : found.why], tried: false };
        return dryRun(rootShell({ connections, prompts }, server, signal), found.way.steps, options);
      };
      return Promise.all(servers.map(async server => ({ server, result: await tried(server) })));
    },
  );
  for (const { server, result } of results ?? []) {
    const title = say('Upgrade {0} to {1}, dry run', server.name, clean(to));
    await desk.documents.show(dryRunDocument(title, result), title, { stays: true });
    const files = result.files.filter(({ before, after }) => before?.text !== after?.text);
    if (files.length > 0)
      await desk.documents.compareTexts(
        title,
        files.map(({ path, before, after }) => ({
          path: join([server.name, path], ''),
          before: before?.text,
          after: after?.text,
        })),
      );
  }
}

const NOT_KNOWN = (): Clean => say('How this server is set up is not known.');
