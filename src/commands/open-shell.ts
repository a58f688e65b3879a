import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Key } from '../base/finding.ts';
import { isUnknown, runningIn } from '../deploy/plan/asked.ts';
import type { ServerRef } from '../servers/server.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { whileWaiting } from './on-servers.ts';
import { pickAnswered } from './pick.ts';
import { serviceFor, type ServiceTarget } from './pick-service.ts';
import { promptsIn } from './prompts.ts';
import { terminalOn } from './terminal.ts';

interface Item extends vscode.QuickPickItem {
  readonly server: ServerRef;
  readonly id: string;
  /** It takes more than that account to speak to Docker. */
  readonly sudo: boolean;
}

/** Opens a shell in a container of a service, through the person's own `ssh` where that is elsewhere. */
export async function openShell(desk: Desk, key?: Key): Promise<void> {
  const target = await serviceFor(desk, key, say('Open a shell in'));
  if (!target) return;
  const asking = say(
    'Asking {0}…',
    join(
      target.where.servers.map(({ name }) => name),
      ', ',
    ),
  );
  const asked = await whileWaiting(asking, async signal => {
    await (await desk.fleet()).check(target.where.servers, promptsIn(desk.secrets), signal);
    return true;
  });
  if (!asked) return;
  const items = containersOf(desk, target);
  if (items.length === 0) {
    const [first] = untoldOf(desk, target);
    if (first)
      throw new UserError('no-answer', {
        what: first.why,
        where: first.server,
        next: say('Check its servers.'),
      });
    void vscode.window.showInformationMessage(plain(say('No container of {0} runs there.', target.service)));
    return;
  }
  const title = say('Open a shell in {0}', target.service);
  const picked = items.length === 1 ? items[0] : await pickAnswered(items, title);
  if (!picked) return;
  const { server, id, sudo } = picked;
  const shell = ['exec', '-it', id, 'sh', '-c', 'exec "$(command -v bash || command -v sh)"'];
  const name = say('{0} on {1}', target.service, server.name);
  terminalOn(server, name, sudo ? ['sudo', 'docker', ...shell] : ['docker', ...shell]);
}

/** Servers that did not tell what runs there: of those nothing can be claimed. */
function untoldOf(
  { state }: Desk,
  { where }: ServiceTarget,
): readonly { readonly server: Clean; readonly why: Clean }[] {
  return where.servers.flatMap(({ id, name }) => {
    const observation = state.now.observed[id];
    if (observation && !isUnknown(observation)) return [];
    const why = observation?.failure?.what ?? say('Docker did not answer in full.');
    return [{ server: name, why: say('{0} did not tell what runs there: {1}', name, why) }];
  });
}

function containersOf({ state }: Desk, { where, service }: ServiceTarget): readonly Item[] {
  const { observed } = state.now;
  return where.servers.flatMap(server => {
    const observation = observed[server.id];
    if (!observation?.answer) return [];
    const { user } = observation.answer;
    return (runningIn(where, [{ server, observation }]).get(service) ?? []).map(({ container }) => ({
      label: plain(container.name),
      description: plain(join([server.name, clean(container.health ?? container.state)], ' · ')),
      server,
      id: container.id,
      sudo: user !== 'root' && server.target.isHere !== true,
    }));
  });
}
