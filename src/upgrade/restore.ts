/** Takes a server's setup back to a backup. */
import { randomBytes } from 'node:crypto';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Finding } from '../base/finding.ts';
import { secondText, type Instant } from '../base/time.ts';
import type { Operation, Plan, Risk, Verdict } from '../operations/operation.ts';
import type { Observation, Setup } from '../state/observed.ts';
import type { Access } from './access.ts';
import { listBackups, lookAtRestore, standingAt, type RestoreLook, type UndoneStep } from './backups.ts';
import { drive } from './drive.ts';
import { changesTo, unlike } from './kept.ts';
import { lookAt } from './look.ts';
import { loadMigrations, type Migration } from './migrations.ts';
import { preflight } from './preflight.ts';
import { restoreProgram } from './program.ts';
import type { RestoreInput, UpgradedServer } from './requests.ts';
import { rootShell } from './shell.ts';

interface RestorePlan extends Plan {
  readonly look: RestoreLook | undefined;
}

/** A restore reads, keeps and writes a few small files. */
const NEEDED = 100 * 1024 * 1024;
/** More paths than these are counted. */
const SHOWN = 200;

export function restoreServerSetup(access: Access): Operation<RestoreInput, RestorePlan> {
  const migrations = loadMigrations();
  return {
    id: 'restore-server-setup',
    root: () => access.storage,
    locks: () => [], // the server has its own

    async plan({ server, backup: name }, { signal }) {
      const observation = await lookAt(access, server, signal);
      const checks = checksOf(server, observation);
      const look = checks.some(isInTheWay) ? undefined : await found(rootShell(access, server, signal), name);
      const changes = look ? changesTo(look.wanted, look.standing) : [];
      const plan = { target: server.name, undoable: false, look };
      if (!look) {
        const findings = checks.some(isInTheWay) ? checks : [...checks, noBackup(name)];
        return {
          ...plan,
          title: say('Restore the setup of {0}', server.name),
          risk: 'confirm',
          changes,
          findings,
          steps: [],
        };
      }
      return {
        ...plan,
        title: say('Restore the setup of {0} from {1}', server.name, clean(look.backup.name)),
        risk: riskOf(look, server.production.length > 0),
        changes: changes.slice(0, SHOWN),
        findings: [...checks, ...judged(look), ...more(changes.length)],
        steps: stepsOf(look, migrations),
      };
    },

    async apply({ server }, { look }, _held, run) {
      const log = (line: Clean): void => run.log(line);
      if (!look) return undefined;
      const id = runId(access.now());
      const driven = await drive(access, {
        server,
        run: id,
        program: restoreProgram(id, look.backup.name),
        heard: { log, event: log },
        signal: NEVER, // half a restore is in nobody's interest
      });
      if (driven.end === 'finished') return undefined;
      throw new UserError(`restore-${driven.end}`, {
        what: join([say('The restore did not come to its end.'), driven.why], ' '),
        where: server.name,
        next:
          driven.end === 'busy'
            ? say('Nothing was done.')
            : say('Restore the same backup again: it goes on where it stopped.'),
      });
    },

    async verify({ server }, { look }, { signal }) {
      if (!look) return { state: 'unverified', why: say('No backup was restored') };
      const standing = await standingAt(rootShell(access, server, signal), look.paths);
      const wrong = unlike(changesTo(look.wanted, standing));
      if (wrong !== undefined) return failed(wrong);
      const { answer, failure } = await lookAt(access, server, signal);
      if (!answer) return { state: 'unverified', why: failure.what };
      const version = versionIn(answer.setup);
      if (version === look.backup.version) return { state: 'verified' };
      return failed(
        say(
          '{0} has the setup {1}, not {2}',
          server.name,
          version ?? say('none'),
          look.backup.version ?? say('none'),
        ),
      );
    },
  };
}

const NEVER = new AbortController().signal;

const isInTheWay = ({ severity }: Finding): boolean => severity === 'error';
const failed = (why: Clean): Verdict => ({ state: 'failed', why });

/** What has to be right before. That its setup is damaged, or a run stopped in between, is often why somebody goes back. */
function checksOf(server: UpgradedServer, observation: Observation): readonly Finding[] {
  const needed = new Set(['reachable', 'root', 'systemd', 'deploying']);
  if (observation.answer?.setup.kind === 'takod') needed.add('setup');
  return preflight(server, observation).filter(({ code }) => needed.has(code));
}

/** The backup of this name; else the newest that can be restored. */
async function found(
  shell: ReturnType<typeof rootShell>,
  name: string | undefined,
): Promise<RestoreLook | undefined> {
  const { backups } = await listBackups(shell);
  const chosen = backups.find(each => (name === undefined ? each.refused === undefined : each.name === name));
  return chosen && lookAtRestore(shell, chosen.name);
}

function noBackup(name: string | undefined): Finding {
  const text =
    name === undefined
      ? say('There is no backup on it that can be restored')
      : say('There is no backup {0} on it', clean(name));
  return { severity: 'error', code: 'backup', text };
}

function judged({ backup, undone, unmade, unfinished, active, free }: RestoreLook): readonly Finding[] {
  const error = (code: string, text: Clean): Finding => ({ severity: 'error', code, text });
  const warning = (code: string, text: Clean): Finding => ({ severity: 'warning', code, text });
  return [
    backup.refused === undefined
      ? {
          severity: 'ok',
          code: 'backup',
          text: say('Every file of the backup is as its manifest says'),
          evidence: say('{0} files', backup.files),
        }
      : error('backup', backup.refused),
    ...(active ? [error('lock', say('Its setup is being changed right now'))] : []),
    ...(free < NEEDED + 4 * backup.bytes
      ? [error('disk', say('Too little is free where backups are: what stands now could not be kept'))]
      : []),
    ...undone.flatMap(({ version, hinders }) =>
      hinders === undefined
        ? []
        : [error('undo', say('The step to {0} cannot be undone now: {1}', clean(version), hinders))],
    ),
    ...(unmade
      ? [
          warning(
            'unmade',
            say(
              'No run on this server made it: only its files are put back. Packages and services stay as they are',
            ),
          ),
        ]
      : []),
    ...(unfinished === undefined
      ? []
      : [
          warning(
            'unfinished',
            say(
              'The run {0} has stopped in between. It is undone too, and cannot be resumed afterwards',
              clean(unfinished),
            ),
          ),
        ]),
  ];
}

function more(count: number): readonly Finding[] {
  return count <= SHOWN
    ? []
    : [{ severity: 'info', code: 'more', text: say('{0} files differ in all', count) }];
}

function riskOf({ undone }: RestoreLook, isProduction: boolean): Risk {
  if (undone.some(({ packages }) => packages.some(each => each.startsWith('docker')))) return 'typed';
  return isProduction ? 'production' : 'confirm';
}

function stepsOf({ backup, undone }: RestoreLook, migrations: readonly Migration[]): readonly Clean[] {
  const leadsTo = backup.version;
  const restarts = undone.flatMap(each => restartsOf(each, migrations));
  return [
    leadsTo === undefined
      ? say('It leads back to how it was before it was set up')
      : say('It leads back to setup {0}', leadsTo),
    say('What stands now is kept on the server before; forward again leads an upgrade'),
    ...undone.map(step => undoing(step, migrations)),
    ...(restarts.length === 0 ? [] : [say('Restarts: {0}', join([...new Set(restarts)], ', '))]),
    say('Every file is put back and compared'),
  ];
}

function undoing({ version, packages }: UndoneStep, migrations: readonly Migration[]): Clean {
  const title = migrations.find(({ to }) => to === version)?.title;
  const step = title ? say('Undoes {0}: {1}', clean(version), title) : say('Undoes {0}', clean(version));
  return packages.length === 0 ? step : say('{0}. Removes the packages {1}', step, join(packages, ', '));
}

function restartsOf({ version }: UndoneStep, migrations: readonly Migration[]): readonly Clean[] {
  return migrations.find(({ to }) => to === version)?.restarts ?? [];
}

function versionIn(setup: Setup): Clean | undefined {
  return setup.kind === 'versioned' || setup.kind === 'legacy' ? clean(setup.version) : undefined;
}

function runId(now: Instant): string {
  const time = secondText(now).replace(/\D/g, '');
  return `restore-${time}-${randomBytes(3).toString('hex')}`;
}
