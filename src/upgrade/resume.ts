/** Goes on with an upgrade that stopped in between, or follows one that runs: also somebody else's. */
import { clean, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import type { Operation, Plan, Verdict } from '../operations/operation.ts';
import type { ServerAnswer } from '../state/observed.ts';
import type { Access } from './access.ts';
import { conduct, type Outcome } from './conduct.ts';
import { readLedger, type Begun } from './ledger.ts';
import { lookAt } from './look.ts';
import { loadMigrations } from './migrations.ts';
import { preflight } from './preflight.ts';
import { resumeProgram, unpauseProgram } from './program.ts';
import type { ResumeInput } from './requests.ts';
import { rootShell } from './shell.ts';
import { readRun, type RunThere } from './run-there.ts';
import { verdictOf } from './verdict.ts';

interface ResumePlan extends Plan {
  readonly there?: RunThere;
  readonly active: boolean;
  readonly before?: ServerAnswer;
  /** What becomes of it, by `apply`. */
  readonly became: { outcome?: Outcome };
}

export function resumeUpgrade(access: Access): Operation<ResumeInput, ResumePlan> {
  const migrations = loadMigrations();
  const titled = (version: string): Clean =>
    migrations.find(({ to }) => to === version)?.title ?? clean(version);
  return {
    id: 'resume-upgrade',
    root: () => access.storage,
    locks: () => [],

    async plan({ server, run }, { signal }) {
      const observation = await lookAt(access, server, signal);
      const { answer } = observation;
      const there = answer && (await readRun(rootShell(access, server, signal), run));
      const active = answer?.run?.id === run && answer.run.active;
      const checks = preflight({ deploying: [] }, observation).filter(({ code }) => code !== 'lock');
      // What has begun is to come to its end: only what makes that impossible is in its way.
      const softer = checks.map((each): Finding =>
        each.severity === 'error' && !NEEDED.has(each.code) ? { ...each, severity: 'warning' } : each,
      );
      return {
        title: active
          ? say('Follow the upgrade of {0}', server.name)
          : say('Resume the upgrade of {0}', server.name),
        target: server.name,
        risk: active ? 'none' : 'confirm',
        changes: [],
        findings: [...softer, ...(answer ? hindered(run, answer, there) : [])],
        steps: active || !there ? [] : stepsOf(there, titled),
        undoable: false,
        active,
        became: {},
        ...(answer && { before: answer }),
        ...(there && { there }),
      };
    },

    async apply({ server, run: id, debug }, { there, active, became }, _held, run) {
      const to = there?.order.at(-1);
      if (!there || to === undefined) return undefined;
      const { script, args } = unpauseProgram(id);
      if (!active) await rootShell(access, server, run.signal).run(script, args);
      const ledger = await readLedger(access.storage);
      const isKnown = ledger.some(each => each.run === id && each.server.id === server.id);
      const begun: Begun = { server, run: id, to, steps: there.order };
      became.outcome = await conduct(access, run, {
        followed: { ...begun, steps: there.order.map(each => ({ to: each, title: titled(each) })) },
        ...(!isKnown && { begun }),
        program: resumeProgram(id, debug === true),
        again: true,
        step: there.events.findLast(each => each.startsWith('begin ')),
        isNamed: false,
        isVerified: async () => {
          const { answer } = await lookAt(access, server, new AbortController().signal);
          return answer?.setup.kind === 'versioned' && answer.setup.version === to;
        },
      });
      return undefined;
    },

    async verify({ server }, { there, before, became }, { signal }): Promise<Verdict> {
      const { outcome } = became;
      const to = there?.order.at(-1);
      if (there === undefined || outcome === undefined || to === undefined)
        return { state: 'unverified', why: say('Nothing was resumed') };
      const steps = there.order.flatMap(version => migrations.find(each => each.to === version) ?? []);
      const isUndone = there.isUndoing && outcome.end === 'undone';
      return verdictOf(
        access,
        [
          {
            server,
            to,
            steps,
            options: there.options,
            outcome: { ...outcome, ...(before && { before }) },
            ...(isUndone && { back: there.expected }),
          },
        ],
        signal,
      );
    },
  };
}

const NEEDED: ReadonlySet<string> = new Set(['reachable', 'root', 'systemd']);

function hindered(id: string, { run }: ServerAnswer, there: RunThere | undefined): readonly Finding[] {
  const error = (text: Clean): readonly Finding[] => [{ severity: 'error', code: 'run', text }];
  if (!there) return error(say('There is no such run on it: {0}', clean(id)));
  if (there.order.length === 0)
    return error(say('This is a restore: restore the same backup again, and it goes on where it stopped'));
  if (run?.id !== id) return error(say('Its setup was changed by another run since: {0}', clean(run?.id)));
  if (run.active)
    return [{ severity: 'info', code: 'run', text: say('It runs now, and is followed to its end') }];
  if (run.state === 'finished') return error(say('It has come to its end already'));
  if (run.state === 'undone') return error(say('Everything was undone already'));
  return [];
}

/** What is left to be done. */
function stepsOf(
  { order, events, isUndoing }: RunThere,
  titled: (version: string) => Clean,
): readonly Clean[] {
  const has = (event: string): boolean => events.some(each => each === event);
  if (isUndoing) {
    const left = order.filter(each => has(`begin ${each}`) && !has(`undone ${each}`)).reverse();
    return left.map(each => say('Goes on undoing step {0}: {1}', clean(each), titled(each)));
  }
  const left = order.filter(each => !has(`verified ${each}`));
  const backup = has('backed-up') ? [] : [say('Goes on with the backup')];
  const steps = left.map((each, index) => {
    if (index > 0 || !has(`begin ${each}`)) return say('{0}: {1}', clean(each), titled(each));
    return has(`applied ${each}`)
      ? say('Goes on at step {0} with verifying: {1}', clean(each), titled(each))
      : say('Goes on at step {0}: {1}', clean(each), titled(each));
  });
  return [...backup, ...steps, say('Writes down the version')];
}
