/** Sets servers up, or takes them to another version. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import { zonedText, type Instant } from '../base/time.ts';
import type { Operation, Plan, Request, Risk } from '../operations/operation.ts';
import type { Access } from './access.ts';
import type { Outcome } from './conduct.ts';
import { generalHarm } from './harm.ts';
import { readLedger, usualTime } from './ledger.ts';
import { lookAt } from './look.ts';
import { loadMigrations } from './migrations.ts';
import type { RestoreInput, Rollout, UpgradeInput } from './requests.ts';
import { rollOut } from './rollout.ts';
import { prepare, upgrade, type Prepared, type Terms } from './server.ts';
import { verdictOf, type Ended } from './verdict.ts';
import { latest } from './versions.ts';
import { isOpen, nextOpening } from './window.ts';

interface UpgradePlan extends Plan {
  readonly terms: Terms;
  readonly servers: readonly Prepared[];
  /** What became of them, by the ids of their machines. */
  readonly outcomes: Map<string, Outcome>;
}

export function upgradeServers(access: Access): Operation<UpgradeInput, UpgradePlan> {
  const migrations = loadMigrations();
  return {
    id: 'upgrade-servers',
    root: () => access.storage,
    locks: () => [], // each server has its own, which goes with the run there

    async plan(input, { signal }) {
      const to = input.to ?? latest(migrations) ?? '';
      const terms: Terms = { input, to, migrations, ledger: await readLedger(access.storage) };
      const servers = await Promise.all(
        input.servers.map(async server => prepare(server, await lookAt(access, server, signal), terms)),
      );
      const [only] = servers.length === 1 ? servers : [];
      return {
        title: only ? titleOf(only, clean(to)) : say('Upgrade {0} servers to {1}', servers.length, clean(to)),
        target: only ? only.server.name : say('{0} servers', servers.length),
        risk: riskOf(servers, input),
        changes: [],
        findings: [...findingsOf(terms, servers), ...windowOf(input, access.now())],
        steps: stepsOf(servers, input),
        undoable: input.skipBackup !== true,
        terms,
        servers,
        outcomes: new Map(),
      };
    },

    async apply(input, { servers, terms, outcomes }, _held, run): Promise<Request | undefined> {
      const left = await rollOut(servers, input.rollout, run.signal, async each => {
        const outcome = await upgrade(access, each, terms, run);
        outcomes.set(each.server.id, outcome);
        return outcome.end === 'finished' ? outcome.verified === true : outcome.end === 'current';
      });
      for (const { server } of left) outcomes.set(server.id, { end: 'not-begun' });
      const [only] = servers.length === 1 ? servers : [];
      const { end, backup } = (only && outcomes.get(only.server.id)) ?? {};
      if (!only || end !== 'finished' || backup === undefined) return undefined;
      return {
        operation: 'restore-server-setup',
        input: { server: only.server, backup } satisfies RestoreInput,
      };
    },

    verify: (input, { servers, terms: { to }, outcomes }, { signal }) => {
      const ended = servers.map(({ server, from, way }): Ended => {
        const outcome = outcomes.get(server.id) ?? { end: 'not-begun' };
        return {
          server,
          to,
          outcome,
          options: input.options,
          ...(from !== undefined && { from }),
          steps: way?.steps ?? [],
        };
      });
      return verdictOf(access, ended, signal);
    },
  };
}

function titleOf({ server, from, way }: Prepared, to: Clean): Clean {
  if (way && from === undefined) return say('Set up {0} with version {1}', server.name, to);
  if (from === undefined) return say('Upgrade {0} to {1}', server.name, to);
  return say('Upgrade {0} from {1} to {2}', server.name, clean(from), to);
}

/** What breaks, and what is done to many, is typed. */
function riskOf(servers: readonly Prepared[], { outsideWindow, window }: UpgradeInput): Risk {
  if (servers.length > 1 || servers.some(({ way }) => way && way.breaking.length > 0)) return 'typed';
  const isProduction = servers.some(({ server }) => server.production.length > 0);
  return isProduction || (outsideWindow === true && window !== undefined) ? 'production' : 'confirm';
}

function findingsOf({ to, ledger }: Terms, servers: readonly Prepared[]): readonly Finding[] {
  const ways = servers.flatMap(({ way }) => (way ? [way] : []));
  const isMany = servers.length > 1;
  const own = servers.flatMap(({ server, findings }) =>
    findings.map(each => (isMany ? { ...each, text: join([server.name, each.text], ': ') } : each)),
  );
  const isNothing = servers.every(
    ({ way, findings }) => !way && findings.every(each => each.severity === 'info'),
  );
  const nothing: Finding = {
    severity: 'error',
    code: 'nothing-to-do',
    text: isMany
      ? say('All of them have version {0} already', clean(to))
      : say('It has version {0} already', clean(to)),
  };
  const times = ways.flatMap(
    ({ steps }) =>
      usualTime(
        ledger,
        steps.map(each => each.to),
      ) ?? [],
  );
  const evidence = say('about {0} min', Math.max(1, Math.round(Math.max(0, ...times) / 60_000)));
  const time: Finding = {
    severity: 'info',
    code: 'time',
    text: say('How long it took on a server before'),
    evidence,
  };
  return [...(isNothing ? [nothing] : []), ...own, ...generalHarm(ways), ...(times.length > 0 ? [time] : [])];
}

function windowOf({ window, outsideWindow }: UpgradeInput, now: Instant): readonly Finding[] {
  if (!window) return [];
  if (isOpen(window, now))
    return [{ severity: 'ok', code: 'window', text: say('The maintenance window is open') }];
  const evidence = say('It opens at {0}', clean(zonedText(nextOpening(window, now))));
  const severity = outsideWindow === true ? 'warning' : 'error';
  return [{ severity, code: 'window', text: say('The maintenance window is closed'), evidence }];
}

/** In order. Where servers differ, each with its own. */
function stepsOf(servers: readonly Prepared[], { rollout, skipBackup }: UpgradeInput): readonly Clean[] {
  const ways = new Map<string, { names: Clean[]; lines: readonly Clean[] }>();
  for (const { server, way } of servers) {
    if (!way) continue;
    const key = way.steps.map(each => each.to).join(' ');
    const steps = way.steps.map(({ to, title }) => say('{0}: {1}', clean(to), title));
    const lines = [...(skipBackup === true ? [] : [say('Back up what it may change')]), ...steps];
    ways.set(key, { names: [...(ways.get(key)?.names ?? []), server.name], lines });
  }
  if (servers.length === 1) return [...ways.values()].flatMap(({ lines }) => lines);
  const each = [...ways.values()].map(({ names, lines }) =>
    say('{0}: {1}', join(names, ', '), join(lines, ' → ')),
  );
  return [...each, ...rolloutOf(rollout)];
}

function rolloutOf({ canaries, width, failures }: Rollout): readonly Clean[] {
  return [
    ...(canaries > 0
      ? [say('The first {0} one at a time; the others only if these are verified', canaries)]
      : []),
    width > 1 ? say('Then {0} at once', width) : say('One at a time'),
    failures > 0 ? say('Stops when more than {0} fail', failures) : say('Stops at the first that fails'),
  ];
}
