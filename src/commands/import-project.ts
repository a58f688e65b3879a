import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { addressIdentity } from '../base/identity.ts';
import type { ImportState } from '../edit/tako/import.ts';
import type { Request } from '../operations/operation.ts';
import { refOf, type ServerRef } from '../servers/server.ts';
import { targetOf } from '../ssh/target.ts';
import { machineId, remoteMachines } from '../state/machines.ts';
import { seenServer } from '../state/tako/answered.ts';
import { candidatesIn, type Candidate } from '../state/tako/candidates.ts';
import { serverSettings } from '../views/workspace.ts';
import { describe } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import { askServers } from './check.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { ask, pickAnswered, pickFolder } from './pick.ts';

const TITLE = (): Clean => say('Import a project from servers');

/** Begins the record of a folder that is of no project yet, with what servers answer that a person names. */
export async function importIntoFolder(desk: Desk): Promise<Request<ImportState> | undefined> {
  if (!(await requireTrust())) return undefined;
  const root = await pickFolder(say('Import a project into'));
  const servers = root === undefined ? undefined : await pickServers(desk);
  if (root === undefined || !servers) return undefined;
  const asked = Date.now();
  if (!(await askServers(desk, servers))) return undefined;
  const heard = servers.flatMap(({ id, name }) => {
    const { at = 0, answer } = desk.state.now.observed[id] ?? {};
    return answer && at >= asked && answer.docker.state === 'answers' && answer.docker.partly !== true
      ? [seenServer(name, answer)]
      : [];
  });
  if (heard.length === 0) throw noAnswer(servers);
  const { candidates, left } = candidatesIn(heard);
  const found = await pickCandidate(candidates, left, servers);
  const environment =
    found?.environment ??
    (found &&
      (await ask(
        TITLE(),
        say('What is the environment of {0} called?', clean(found.project)),
        'production',
      )));
  if (!found || environment === undefined) return undefined;
  const names = heard.map(({ name }) => name);
  const config = await askConfig(servers.filter(({ name }) => names.includes(name)));
  if (!config) return undefined;
  const silent = servers.map(({ name }) => name).filter(each => !names.includes(each));
  const input = {
    root,
    from: { at: asked, servers: heard, silent },
    project: found.project,
    environment,
    ...config,
  };
  return { operation: 'tako.import', input };
}

function noAnswer(servers: readonly ServerRef[]): UserError {
  return new UserError('no-answer', {
    what: say('None of them told what it runs.'),
    where: join(
      servers.map(({ name }) => name),
      ', ',
    ),
    next: say('Check Servers tells why.'),
  });
}

/** Those that are known here, or one that a person types. */
async function pickServers({ state }: Desk): Promise<readonly ServerRef[] | undefined> {
  const settings = serverSettings();
  const items = remoteMachines(state.now).flatMap(machine => {
    const server = refOf(machine, settings);
    return server ? [{ label: plain(server.name), server }] : [];
  });
  const other = { label: say('Another server…'), server: undefined };
  const picked =
    items.length === 0
      ? [other]
      : await vscode.window.showQuickPick([...items, other], { title: TITLE(), canPickMany: true });
  if (!picked || picked.length === 0) return undefined;
  const known = picked.flatMap(({ server }) => server ?? []);
  if (known.length === picked.length) return known;
  const typed = await ask(TITLE(), say('A name of the SSH configuration, or user@host'), '', text =>
    typedServer(text) ? undefined : say('A name of the SSH configuration, or user@host'),
  );
  const server = typed === undefined ? undefined : typedServer(typed);
  return server && [...known, server];
}

function typedServer(text: string): ServerRef | undefined {
  const [, user, name] = /^(?:([\w.-]{1,64})@)?([\w.:%][\w.:%-]{0,254})$/.exec(text.trim()) ?? [];
  const target = name === undefined ? undefined : targetOf({ name, ...(user && { user }) }, serverSettings());
  // What it answers is then that of the server that the record names.
  return target && { id: machineId(addressIdentity(target.host), target.port), name: clean(name), target };
}

async function pickCandidate(
  candidates: readonly Candidate[],
  left: number,
  servers: readonly ServerRef[],
): Promise<Candidate | undefined> {
  const others = left > 0 ? say('Left out, because it names no project: {0}', left) : undefined;
  if (candidates.length === 0) {
    throw new UserError('nothing-found', {
      what: describe(say('Nothing that runs there says which project it is of.'), others),
      where: join(
        servers.map(({ name }) => name),
        ', ',
      ),
      next: say(
        'Labels of Tako, Compose or a stack tell it. Check Servers shows what runs, and which server does not answer.',
      ),
    });
  }
  const items = candidates.map(candidate => ({
    label: plain(describe(clean(candidate.project), clean(candidate.environment))),
    description: plain(describe(clean(candidate.services.join(', '), 200), candidate.from)),
    candidate,
  }));
  return (await pickAnswered(items, TITLE(), others ?? say('What is imported')))?.candidate;
}

/** Whether a configuration is written as well. */
async function askConfig(servers: readonly ServerRef[]): Promise<Pick<ImportState, 'config'> | undefined> {
  const config = Object.fromEntries(
    servers.map(({ name, target: { host, user, port } }) => [
      name,
      { host, ...(user !== undefined && { user }), ...(port !== undefined && { port }) },
    ]),
  );
  const items = [
    { label: say('Only the Record'), description: say('.tako, as Tako keeps it'), config: {} },
    {
      label: say('The Record and tako.yaml'),
      description: say('where there is none yet'),
      config: { config },
    },
  ];
  return (await pickAnswered(items, say('What is written')))?.config;
}
