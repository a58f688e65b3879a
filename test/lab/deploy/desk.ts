/** Somebody who deploys: in this process, or in an editor of their own that can be killed. */
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, vi } from 'vitest';
import { say, type Clean } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import { DEPLOY_SETTINGS } from '../../../src/deploy/access.ts';
import { openFleet } from '../../../src/fleet.ts';
import type { Plan, Request, StepEvent } from '../../../src/operations/operation.ts';
import type { Report } from '../../../src/operations/runner.ts';
import { Connection } from '../../../src/ssh/connection.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import { child, program } from '../../kit/child.ts';
import { workspace } from '../../kit/workspace.ts';
import { sshConfig, type Reached } from '../upgrade/fleet.ts';

/** For how long what is new has to stay well. */
const HEALTH_SECONDS = 2;
/** How often somebody agrees to a plan that has changed meanwhile. */
const MOST_ASKED = 5;

export interface Desk {
  readonly log: readonly Clean[];
  readonly plan: (request: Request) => Promise<Plan>;
  /** Plans and runs a request, as somebody does who agrees to everything. */
  readonly perform: (request: Request, watching?: Watching) => Promise<Report>;
}

export interface Watching {
  readonly signal?: AbortSignal;
  readonly step?: (event: StepEvent) => void;
  readonly log?: (line: Clean) => void;
}

export function openDesk(whenDone: (close: () => void) => void, servers: readonly Reached[]): Desk {
  const { root, file } = workspace(whenDone);
  const configFile = sshConfig(root, servers);
  const fleet = openFleet({
    settings: () => ({ configFile, trusted: true }),
    deploying: () => ({ ...DEPLOY_SETTINGS, healthSeconds: HEALTH_SECONDS }),
    here: say('in this test'),
    storage: file('storage'),
    now: Date.now,
    observed: () => undefined,
    upgrading: () => undefined,
  });
  whenDone(() => fleet.close());
  const runner = fleet.runner(askNobody());
  const plan = (request: Request): Promise<Plan> => runner.plan(request, new AbortController().signal);
  const log: Clean[] = [];
  return {
    log,
    plan,
    perform: async (request, { signal = new AbortController().signal, step, log: tell } = {}) => {
      const run = async (): Promise<Report> =>
        runner.run(request, await plan(request), signal, {
          ...(step && { step }),
          log: line => {
            log.push(line);
            tell?.(line);
          },
        });
      for (let asked = 1; ; asked++) {
        try {
          return await run();
        } catch (error) {
          // A swarm that is still moving its tasks is another one a moment later: a person is asked again then, too.
          if (!(error instanceof UserError) || error.code !== 'plan-changed' || asked === MOST_ASKED)
            throw error;
        }
      }
    },
  };
}

/** Performs a request, which has to be verified then. Where it is not, all that was said of it is printed. */
export async function verified(
  { log, perform }: Pick<Desk, 'log' | 'perform'>,
  request: Request,
): Promise<Report> {
  const from = log.length;
  try {
    const report = await perform(request);
    expect(report.verdict).toMatchObject({ state: 'verified' });
    return report;
  } catch (error) {
    process.stdout.write(`${log.slice(from).join('\n')}\n`);
    throw error;
  }
}

/** What an editor tells, a line for each. */
export interface Told {
  readonly step?: string;
  readonly state?: string;
  readonly log?: string;
  /** `verified`, `failed`, `unverified`, or the code of a refusal. */
  readonly end?: string;
  readonly why?: string;
}

export interface Editor {
  readonly told: readonly Told[];
  /** Its last word; nothing where it was killed. */
  readonly ended: Promise<Told | undefined>;
}

/** When an editor ends as if it was killed: so many milliseconds after a step has begun, or at a line of the log. */
export type Death =
  | { readonly step: string; readonly after: number }
  /** A regular expression. */
  | { readonly line: string };

const SOURCE = path.join(import.meta.dirname, '../../../src');

/** Bundles the editor, with what servers run beside it. Returns its path. */
export function bundleEditor(whenDone: (remove: () => void) => void): string {
  const bundle = program('../lab/deploy/editor', whenDone);
  for (const from of ['upgrade/migrations', 'servers/scripts', 'deploy/scripts'])
    cpSync(path.join(SOURCE, from), path.join(bundle, '..', path.basename(from)), { recursive: true });
  return bundle;
}

export function startEditor(
  bundle: string,
  servers: readonly Reached[],
  about: { readonly request: Request; readonly death?: Death },
  whenDone: (close: () => void) => void,
): Editor {
  const { root, file } = workspace(whenDone);
  writeFileSync(file('about.json'), JSON.stringify(about));
  const { line, signal, ended } = child(bundle, [
    sshConfig(root, servers),
    file('storage'),
    file('about.json'),
  ]);
  whenDone(() => signal('SIGKILL'));
  const told: Told[] = [];
  const read = async (): Promise<Told | undefined> => {
    for (let next = await line(); next !== undefined; next = await line())
      told.push(JSON.parse(next) as Told); // an editor of ours says it
    await ended;
    return told.find(({ end }) => end !== undefined);
  };
  return { told, ended: read() };
}

/** Does something, and counts how often each server was asked for it. */
export async function roundTrips<T>(
  act: () => Promise<T>,
): Promise<{ readonly done: T; readonly counts: readonly number[] }> {
  const run = vi.spyOn(Connection.prototype, 'run');
  try {
    const done = await act();
    const asked = run.mock.contexts.map(each => (each as Connection).where); // it is its method
    return {
      done,
      counts: [...new Set(asked)].map(each => asked.filter(where => where === each).length),
    };
  } finally {
    run.mockRestore();
  }
}
