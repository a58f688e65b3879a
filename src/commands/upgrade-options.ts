import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Request } from '../operations/operation.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import { CAREFULLY, type Rollout, type UpgradeInput } from '../upgrade/requests.ts';
import { route } from '../upgrade/versions.ts';
import { plain } from '../words/plain.ts';
import { optionalFeatures, rolloutWords, versionChoices } from '../words/upgrade.ts';
import type { Desk } from './desk.ts';
import { showDryRun } from './dry-run.ts';
import { ask } from './pick.ts';

/** The version is always named, so that what is asked and what is done are the same. */
export type VersionedUpgrade = UpgradeInput & { readonly to: string };
export type UpgradeRequest = Request<VersionedUpgrade>;

interface Item extends vscode.QuickPickItem {
  /** The request with another answer. Nothing: that question was left. */
  readonly change?: () => Promise<UpgradeRequest | undefined>;
  /** That is all a person wanted to say. */
  readonly isLast?: boolean;
  /** It is not upgraded: this is done instead. */
  readonly instead?: () => Promise<unknown>;
}

/** Asks how else servers are to be upgraded, until the person goes on. Nothing: not at all. */
export async function askOptions(desk: Desk, request: UpgradeRequest): Promise<UpgradeRequest | undefined> {
  for (;;) {
    const title = say('Options of the upgrade');
    const chosen = await vscode.window.showQuickPick(itemsOf(desk, request), { title, ignoreFocusOut: true });
    if (!chosen) return undefined;
    if (chosen.instead) {
      await chosen.instead();
      return undefined;
    }
    const changed = chosen.change ? await chosen.change() : request;
    if (changed && (chosen.isLast || !chosen.change)) return changed;
    request = changed ?? request;
  }
}

function itemsOf(desk: Desk, request: UpgradeRequest): readonly Item[] {
  const { input } = request;
  const { servers, to, rollout, skipBackup, debug, options, window, outsideWindow } = input;
  const having = (other: Partial<UpgradeRequest['input']>): UpgradeRequest => ({
    ...request,
    input: { ...input, ...other },
  });
  const toggle =
    (other: Partial<UpgradeRequest['input']>): Item['change'] =>
    () =>
      Promise.resolve(having(other));
  const migrations = loadMigrations();
  return [
    { label: `$(arrow-right) ${say('Go On')}`, description: say('checks again and asks once more') },
    {
      label: `$(diff-multiple) ${say('Dry Run')}`,
      description: say('the files and commands of each server; nothing is changed'),
      instead: () => showDryRun(desk, input),
    },
    separator(say('Other version')),
    ...versionChoices(migrations)
      .filter(({ version }) => version !== to && servers.some(({ id }) => leadsTo(desk, id, version)))
      .map(({ version, words, breaks }) => ({
        label: clean(version),
        description: plain(breaks ? say('{0} · breaking', words) : words),
        change: toggle({ to: version }),
        isLast: true,
      })),
    separator(say('How')),
    ...(servers.length > 1
      ? [
          {
            label: say('Order'),
            description: rolloutWords(rollout),
            change: async () => {
              const other = await pickRollout(servers.length);
              return other && having({ rollout: other });
            },
          },
        ]
      : []),
    ...optionalFeatures(migrations, to).map(({ name, result }) => {
      const isWanted = options.includes(name);
      const others = options.filter(each => each !== name);
      return {
        label: plain(clean(name)),
        description: isWanted ? say('yes') : say('no'),
        detail: plain(result),
        change: toggle({ options: isWanted ? others : [...others, name] }),
      };
    }),
    ...(window
      ? [
          {
            label: say('Maintenance window'),
            description: outsideWindow === true ? say('now, also outside of it') : say('only in it'),
            change: toggle({ outsideWindow: outsideWindow !== true }),
          },
        ]
      : []),
    {
      label: say('Backup'),
      description: skipBackup === true ? say('none') : say('made and verified first'),
      detail: say('Only where the same steps were verified on another server can there be none.'),
      change: toggle({ skipBackup: skipBackup !== true }),
    },
    {
      label: say('Debug output'),
      description: debug === true ? say('every command is printed') : say('no'),
      change: toggle({ debug: debug !== true }),
    },
  ];
}

function separator(label: Clean): Item {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** Whether a server can be taken to a version, as it answered last. */
function leadsTo({ state }: Desk, machine: string, version: string): boolean {
  const setup = state.now.observed[machine]?.answer?.setup;
  if (!setup) return false;
  const from = 'version' in setup ? setup.version : undefined;
  return route(from, version, loadMigrations()).ok;
}

/** Ways to upgrade several servers. */
async function pickRollout(count: number): Promise<Rollout | undefined> {
  const ways: readonly { readonly label: Clean; readonly ask: () => Promise<Rollout | undefined> }[] = [
    { label: say('One at a time; stop at the first failure'), ask: () => Promise.resolve(CAREFULLY) },
    {
      label: say('One first; when it is verified, the others at once'),
      ask: async () => {
        const failures = await askFailures(count);
        return failures === undefined ? undefined : { canaries: 1, width: count, failures };
      },
    },
    {
      label: say('Several at once…'),
      ask: async () => {
        const width = await askWidth(count);
        const failures = width === undefined ? undefined : await askFailures(count);
        return width === undefined || failures === undefined ? undefined : { canaries: 0, width, failures };
      },
    },
    {
      label: say('All at once'),
      ask: () => Promise.resolve({ canaries: 0, width: count, failures: 0 }),
    },
  ];
  return (await vscode.window.showQuickPick(ways, { title: say('In which order?') }))?.ask();
}

async function askWidth(count: number): Promise<number | undefined> {
  const check = (text: string): Clean | undefined =>
    /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= count
      ? undefined
      : say('A number from 1 to {0}', count);
  const text = await ask(say('Upgrade several at once'), say('How many at once?'), '2', check);
  return text === undefined ? undefined : Number(text);
}

async function askFailures(count: number): Promise<number | undefined> {
  const items = Array.from({ length: Math.min(count, 10) }, (_, failures) => ({
    label:
      failures === 0
        ? say('Stop at the first failure')
        : say('Go on until more than {0} have failed', failures),
    failures,
  }));
  return (await vscode.window.showQuickPick(items, { title: say('When one fails?') }))?.failures;
}
