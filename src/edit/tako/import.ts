import path from 'node:path';
import { clean, join, say } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import { UserError } from '../../base/errors.ts';
import { isUnreadable, readText, STATE_LIMIT } from '../../base/files.ts';
import type { Finding } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Reader } from '../../state/source.ts';
import type { NewDeployment } from '../../state/tako/deployment.ts';
import { decodeInspected } from '../../state/tako/docker-inspect.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { importDeployment, type Import } from '../../state/tako/import.ts';
import { takoPath } from '../../state/tako/recorded.ts';
import { saveDeployment } from '../../state/tako/save.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { takoProjectIn } from '../look.ts';

export interface ImportState {
  readonly root: string;
  /** What `docker inspect` or `docker service inspect` printed, anywhere on this machine. */
  readonly file: string;
  /** Has to be chosen where the containers do not tell one. */
  readonly environment?: string;
}

interface ImportPlan extends FilePlan {
  readonly deployment: NewDeployment;
}

/** Begins the local state of a project with what runs already. */
export function importState(reader: () => Reader, now: () => number): Operation<ImportState, ImportPlan> {
  return fileOperation<ImportState, ImportPlan>({
    id: 'tako.import',
    root: ({ root }) => root,
    lock: ({ root }) => ({ name: root, ...takoLock(root) }),

    async plan({ root, file, environment: chosen }, { signal }) {
      const { items, ignored } = decodeInspected(await readInspected(file));
      const project = await takoProjectIn(reader(), root, signal);
      const name = project?.name ?? clean(path.basename(root));
      const known = { name, environments: project?.environments.map(each => each.name) ?? [] };
      const imported = importDeployment(items, path.basename(file), known, chosen, now());
      const { deployment } = imported;
      const { environment } = deployment;
      const current = await readDocument(root, takoPath('deployments', environment, 'current.json'));
      return {
        title: say('Import what runs as {0}', clean(environment)),
        target: clean(environment),
        risk: 'confirm',
        changes: Object.entries(deployment.services ?? {}).map(([service, { image }]) => ({
          path: [clean(environment), clean(service)],
          kind: 'added',
          to: clean(image),
        })),
        findings: [
          ...(current.text === undefined ? [] : [recordedAlready(environment, current.file)]),
          ...findingsOf(imported, name, ignored),
        ],
        steps: [],
        undoable: true,
        files: current.text === undefined ? await saveDeployment(root, deployment, { name }) : [],
        deployment,
      };
    },

    async check({ root }, { deployment }, { signal }) {
      const project = await takoProjectIn(reader(), root, signal);
      const release = project?.environments
        .find(({ name }) => name === deployment.environment)
        ?.releases.find(({ id }) => id === deployment.id);
      if (!release) return say('It is not recorded.');
      const wanted = Object.entries(deployment.services ?? {});
      const lost = wanted.find(
        ([name, { image }]) =>
          !release.services.some(each => each.name === name && (each.image ?? '') === image),
      );
      return lost && say('{0} is not recorded so.', clean(lost[0]));
    },
  });
}

async function readInspected(file: string): Promise<unknown> {
  const read = await readText(file, { limit: STATE_LIMIT });
  const parsed = isUnreadable(read) ? undefined : parseJson(read.text);
  if (parsed?.ok) return parsed.value;
  throw new UserError('unreadable', {
    what: parsed ? say('It is not JSON.') : say('It cannot be read.'),
    where: parsed?.line === undefined ? file : `${file}:${parsed.line}`,
    next: say('Choose a file that docker inspect wrote.'),
  });
}

function recordedAlready(environment: string, file: string): Finding {
  const text = say('{0} is recorded already.', clean(environment));
  return { severity: 'error', code: 'recorded-already', text, at: { file } };
}

function findingsOf(
  { project, inferred, missing, left }: Import,
  name: string,
  ignored: number,
): readonly Finding[] {
  const isOther = project !== undefined && project !== name;
  const other = isOther && say('It runs for {0}; this project is called {1}.', clean(project), clean(name));
  return [
    ...(other ? [{ severity: 'warning', code: 'other-project', text: other } as const] : []),
    ...inferred.map(([field, from]): Finding => ({
      severity: 'info',
      code: 'inferred',
      text: say('{0} is inferred from: {1}', field, from),
    })),
    { severity: 'warning', code: 'not-inferred', text: say('Not known: {0}.', join(missing, ', ')) },
    ...(left + ignored > 0
      ? [
          {
            severity: 'warning',
            code: 'left-out',
            text: say('{0} other entries are left out.', left + ignored),
          } as const,
        ]
      : []),
  ];
}
