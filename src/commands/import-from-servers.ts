import { say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Key } from '../base/finding.ts';
import type { ImportState } from '../edit/tako/import.ts';
import type { Request } from '../operations/operation.ts';
import type { Environment, Project } from '../state/model.ts';
import { seenServer } from '../state/tako/answered.ts';
import { answersIn } from '../words/restorable.ts';
import { checkServers } from './check.ts';
import type { Desk } from './desk.ts';
import { importIntoFolder } from './import-project.ts';
import { targetFor } from './pick-environment.ts';

/** Begins the record of an environment with what its servers answer when they are asked now. */
export async function importFromServers(
  desk: Desk,
  key: Key | undefined,
): Promise<Request<ImportState> | undefined> {
  const isWanted = ({ tool }: Project, { releases, servers }: Environment): boolean =>
    tool === 'tako' && releases.length === 0 && servers.length > 0;
  const isKnown = desk.state.now.projects.some(each => each.environments.some(one => isWanted(each, one)));
  if (key === undefined && !isKnown) return importIntoFolder(desk);
  const target = await targetFor(desk, key, say('Import from the servers of'), isWanted);
  if (!target) return undefined;
  const { project, environment } = target;
  const asked = Date.now();
  if (!(await checkServers(desk, environment.key))) return undefined;
  const answers = answersIn(desk.state.now)(project, environment);
  const servers = answers.flatMap(({ server: { name }, observation: { at, answer } }) =>
    answer && at >= asked && answer.docker.state === 'answers' && answer.docker.partly !== true
      ? [seenServer(name, answer)]
      : [],
  );
  if (servers.length === 0) {
    throw new UserError('no-answer', {
      what: say('No server of {0} told what it runs.', environment.name),
      where: project.root,
      next: say('Check its servers first.'),
    });
  }
  const silent = environment.servers.filter(name => servers.every(each => each.name !== name));
  const input = { root: project.root, from: { at: asked, servers, silent }, environment: environment.name };
  return { operation: 'tako.import', input };
}
