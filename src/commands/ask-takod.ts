import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import { inParallel } from '../base/parallel.ts';
import { UserError } from '../base/errors.ts';
import type { Key } from '../base/finding.ts';
import type { EnvironmentRef } from '../deploy/requests.ts';
import type { ServerRef } from '../servers/server.ts';
import { plain } from '../words/plain.ts';
import { takodDocument, takodLine } from '../words/takod-document.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { whileWaiting } from './on-servers.ts';
import { targetFor, whereOf } from './pick-environment.ts';
import { serversFor } from './servers.ts';
import { chooseProgram, withTakoProgram } from './tako-program.ts';
import { isTako, takoAccess } from './with-tako.ts';

/** At once: each question starts a program that connects to all servers of an environment. */
const WIDTH = 2;

/** Asks takod about the environments that it runs on these servers. */
export async function askTakodOn(
  desk: Desk,
  servers: readonly ServerRef[],
  signal: AbortSignal,
): Promise<void> {
  const asked = new Set(servers.map(({ id }) => id));
  const all = desk.state.now.projects.flatMap(project =>
    project.environments.flatMap(environment => whereOf(desk, project, environment).where ?? []),
  );
  const on = all.filter(({ servers: theirs }) => theirs.some(({ id }) => asked.has(id)));
  await askTakodAbout(desk, on, signal);
}

/**
 * Asks takod about those of the environments that it runs, without asking a person anything. What it answers, also that it does not,
 * is shown where the environment is.
 */
export async function askTakodAbout(
  desk: Desk,
  environments: readonly EnvironmentRef[],
  signal: AbortSignal,
): Promise<void> {
  const theirs = environments.filter(where => isTako(desk, where));
  if (theirs.length === 0) return;
  const { askTakod } = await import('../deploy/tako-cli/ask-takod.ts');
  await inParallel(theirs, WIDTH, where => askTakod(takoAccess(desk), where, signal));
}

/** Lets a person choose the tako program, and asks again where it was missing. */
export async function chooseTako(desk: Desk): Promise<void> {
  if (!(await requireTrust()) || !(await chooseProgram())) return;
  await whileWaiting(say('Asking takod…'), signal => askTakodOn(desk, serversFor(desk), signal));
}

/** Asks takod what is true of an environment, through the tako program. */
export async function askTakodOf(desk: Desk, key?: Key): Promise<void> {
  const target = await targetFor(desk, key, say('Ask takod about'), ({ tool }) => tool === 'tako');
  if (!target) return;
  const { where, environment } = target;
  const { askTakod } = await import('../deploy/tako-cli/ask-takod.ts');
  const observation = await withTakoProgram(async () => {
    const asked = await whileWaiting(say('Asking takod about {0}…', environment.name), signal =>
      askTakod(takoAccess(desk), where, signal),
    );
    const { failure } = asked ?? {};
    if (failure) throw new UserError(failure.code, { where: environment.name, ...failure });
    return asked;
  });
  if (!observation?.answer) return;
  const show = say('Show Details');
  const told = plain(takodLine(environment.name, observation));
  if ((await vscode.window.showInformationMessage(told, show)) === show) {
    await desk.documents.show(takodDocument(environment.name, observation), environment.name);
  }
}
