/** The upgrade of one server: what it would be, and doing it. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { clean, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Finding } from '../base/finding.ts';
import { secondText, type Instant } from '../base/time.ts';
import type { Run } from '../operations/operation.ts';
import type { Observation, ServerAnswer } from '../state/observed.ts';
import type { Access } from './access.ts';
import { conduct, type Outcome } from './conduct.ts';
import { ownHarm } from './harm.ts';
import { judge } from './judge.ts';
import { wasVerified, type Remembered } from './ledger.ts';
import { lookAt } from './look.ts';
import type { Migration } from './migrations.ts';
import { preflight } from './preflight.ts';
import { backupName, upgradeProgram, type UpgradeParts } from './program.ts';
import type { UpgradedServer, UpgradeInput } from './requests.ts';
import { versionText } from './version-file.ts';
import { route, type Way } from './versions.ts';
import { isOpen } from './window.ts';

/** What counts for all servers of an upgrade. */
export interface Terms {
  readonly input: UpgradeInput;
  readonly to: string;
  readonly migrations: readonly Migration[];
  readonly ledger: readonly Remembered[];
}

/** One server of an upgrade, as it was when it was asked. */
export interface Prepared {
  readonly server: UpgradedServer;
  readonly answer?: ServerAnswer;
  /** Nothing where the server was not set up. */
  readonly from?: string;
  /** Nothing where there is nothing to do, or nothing that can be done. */
  readonly way?: Way;
  readonly findings: readonly Finding[];
}

export function prepare(server: UpgradedServer, observation: Observation, terms: Terms): Prepared {
  const { answer } = observation;
  const checks = preflight(server, observation);
  const setup = answer?.setup;
  if (setup?.kind !== 'versioned' && setup?.kind !== 'legacy' && setup?.kind !== 'not-set-up')
    return { server, findings: checks };
  const from = setup.kind === 'not-set-up' ? undefined : setup.version;
  const known = { server, ...(answer && { answer }), ...(from !== undefined && { from }) };
  const found = route(from, terms.to, terms.migrations);
  // What has nothing to be done is in nobody's way, however it is.
  if (!found.ok && found.code === 'current')
    return { ...known, findings: [{ severity: 'info', code: found.code, text: found.why }] };
  if (!found.ok)
    return { ...known, findings: [...checks, { severity: 'error', code: found.code, text: found.why }] };
  const harm = answer ? ownHarm(found.way, answer) : [];
  const own = [...backup(server, found.way, terms), ...unattended(server, found.way, terms)];
  return { ...known, way: found.way, findings: [...checks, ...own, ...harm] };
}

function backup({ id }: UpgradedServer, { steps }: Way, { input, ledger }: Terms): readonly Finding[] {
  if (input.skipBackup !== true) {
    const text = say('Everything it may change is backed up first, read back, and restoring it rehearsed');
    return [{ severity: 'ok', code: 'backup', text }];
  }
  const isKnown = wasVerified(
    ledger,
    id,
    steps.map(each => each.to),
  );
  const text = isKnown
    ? say('There will be no backup: the same steps were verified on another server')
    : say('Without a backup only what was verified on another server from here can be done');
  return [{ severity: isKnown ? 'warning' : 'error', code: 'backup', text }];
}

function unattended({ production }: UpgradedServer, { breaking }: Way, { input }: Terms): readonly Finding[] {
  const error = (text: Clean): Finding => ({ severity: 'error', code: 'unattended', text });
  if (input.unattended !== true) return [];
  return [
    ...(production.length > 0 ? [error(say('It is production: somebody has to be there'))] : []),
    ...(breaking.length > 0 ? [error(say('This version breaks things: somebody has to be there'))] : []),
  ];
}

/** Does it. It is asked once more before, because others may have taken long. Whatever happens is an outcome. */
export async function upgrade(
  access: Access,
  { server, way: planned }: Prepared,
  terms: Terms,
  run: Run,
): Promise<Outcome> {
  if (!planned) return { end: 'current' };
  const { input } = terms;
  try {
    const { answer, from, way, findings } = prepare(server, await lookAt(access, server, run.signal), terms);
    const refusal = findings.find(({ severity }) => severity === 'error')?.text;
    if (!answer || !way || refusal !== undefined || !isDeepStrictEqual(way, planned))
      return { end: 'refused', why: refusal ?? say('it has changed since it was looked at') };
    run.signal.throwIfAborted();
    const now = access.now();
    if (input.window && input.outsideWindow !== true && !isOpen(input.window, now))
      return { end: 'not-begun', why: say('the window has closed') };
    const id = runId(now);
    const backup = input.skipBackup === true ? undefined : backupName(new Date(now));
    const parts: UpgradeParts = {
      id,
      steps: way.steps,
      versionText: versionText(answer, way.steps, input.options),
      expected: answer.versionFile?.digest,
      backup,
      options: input.options,
      debug: input.debug === true,
    };
    const begun = {
      run: id,
      server,
      to: terms.to,
      steps: way.steps.map(each => each.to),
      ...(from !== undefined && { from }),
      ...(backup !== undefined && { backup }),
    };
    const outcome = await conduct(access, run, {
      followed: { ...begun, steps: way.steps },
      begun,
      program: upgradeProgram({ ...parts, stored: answer.stored }),
      whole: upgradeProgram(parts),
      isNamed: input.servers.length > 1,
      isVerified: async () => {
        const { answer: after } = await lookAt(access, server, new AbortController().signal);
        return (
          after !== undefined &&
          judge({ ...begun, steps: way.steps, options: input.options, before: answer }, after).length === 0
        );
      },
    });
    return { ...outcome, before: answer, ...(backup !== undefined && { backup }) };
  } catch (error) {
    if (run.signal.aborted) return { end: 'not-begun' };
    return { end: 'refused', why: error instanceof UserError ? error.what : clean(String(error)) };
  }
}

/** Sorts by time, and is nobody else's. */
function runId(now: Instant): string {
  const time = secondText(now).replaceAll(/[-:Z]/g, '').replace('T', '-');
  return `${time}-${randomBytes(3).toString('hex')}`;
}
