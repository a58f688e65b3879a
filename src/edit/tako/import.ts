import path from 'node:path';
import { clean, join, say } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import { readDocument, replaced } from '../../base/document.ts';
import { UserError } from '../../base/errors.ts';
import { isUnreadable, readText, STATE_LIMIT } from '../../base/files.ts';
import type { Finding } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Reader } from '../../state/source.ts';
import type { NewDeployment } from '../../state/tako/deployment.ts';
import { inspectedOn, type SeenServer } from '../../state/tako/answered.ts';
import { decodeInspected, type Inspected } from '../../state/tako/docker-inspect.ts';
import { configText, type ServerDraft } from '../../state/tako/config-draft.ts';
import { CONFIG_NAMES } from '../../state/outline.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { importDeployment, type Import } from '../../state/tako/import.ts';
import { takoPath } from '../../state/tako/recorded.ts';
import { saveDeployment } from '../../state/tako/save.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { projectIn } from '../look.ts';

export interface ImportState {
  readonly root: string;
  /** What `docker inspect` or `docker service inspect` printed, anywhere on this machine; or what servers answered. */
  readonly from: { readonly file: string } | FromServers;
  /** Has to be chosen where the containers do not tell one. */
  readonly environment?: string;
  /** Where the folder is of no project yet: what it is called on the servers. */
  readonly project?: string;
  /** A configuration is written as well, with these servers; not where there is one. */
  readonly config?: Readonly<Record<string, ServerDraft>>;
}

export interface FromServers {
  /** When they were asked. What is recorded is of that moment, so that their answers can be compared with it. */
  readonly at: Instant;
  readonly servers: readonly SeenServer[];
  /** Those of the environment that did not answer. */
  readonly silent: readonly string[];
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

    async plan({ root, from, environment: chosen, project: called, config }, { signal }) {
      const { items, ignored, source, silent } = await itemsFrom(from);
      const project = await projectIn(reader(), 'tako', root, signal);
      const name = project?.name ?? clean(called ?? path.basename(root));
      const known = { name, environments: project?.environments.map(each => each.name) ?? [] };
      const at = 'servers' in from ? from.at : now();
      const imported = importDeployment(items, source, known, chosen, at);
      const servers = 'servers' in from ? { servers: from.servers.map(each => each.name) } : {};
      const deployment = { ...imported.deployment, ...servers };
      const { environment } = deployment;
      const standing = await Promise.all(CONFIG_NAMES.tako.map(each => readDocument(root, each)));
      const draft = standing.find(each => each.path === 'tako.yaml');
      const isDrafted = config && draft && standing.every(({ text }) => text === undefined);
      const current = await readDocument(root, takoPath('deployments', environment, 'current.json'));
      return {
        title: say('Import what runs as {0}', clean(environment)),
        target: clean(environment),
        risk: 'confirm',
        changes: Object.entries(deployment.services ?? {}).map(([service, { image }]) => ({
          path: [clean(service)],
          kind: 'added',
          to: clean(image),
        })),
        findings: [
          ...(current.text === undefined ? [] : [recordedAlready(environment, current.file)]),
          ...silent.map(noAnswer),
          ...findingsOf(imported, name, ignored),
        ],
        steps: [
          say('Writes .tako/: the record of {0}', clean(environment)),
          ...(isDrafted ? [say('Writes tako.yaml: servers and images')] : []),
        ],
        undoable: true,
        files:
          current.text === undefined
            ? [
                ...(await saveDeployment(root, deployment, { name })),
                ...(isDrafted ? [replaced(draft, configText(name, deployment, config))] : []),
              ]
            : [],
        deployment,
      };
    },

    async check({ root }, { deployment }, { signal }) {
      const project = await projectIn(reader(), 'tako', root, signal);
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

async function itemsFrom(from: ImportState['from']): Promise<{
  readonly items: readonly Inspected[];
  readonly ignored: number;
  readonly source: string;
  readonly silent: readonly string[];
}> {
  if ('file' in from) {
    return {
      ...decodeInspected(await readInspected(from.file)),
      source: path.basename(from.file),
      silent: [],
    };
  }
  const { servers, silent } = from;
  const source = join(
    servers.map(({ name }) => name),
    ', ',
  );
  return { items: inspectedOn(servers), ignored: 0, source, silent };
}

function noAnswer(server: string): Finding {
  const text = say('{0} does not answer: what runs there is not recorded.', clean(server));
  return { severity: 'warning', code: 'no-answer', text };
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

function findingsOf({ project, missing, left }: Import, name: string, ignored: number): readonly Finding[] {
  const isOther = project !== undefined && project !== name;
  const other = isOther && say('It runs for {0}; this project is called {1}.', clean(project), clean(name));
  return [
    ...(other ? [{ severity: 'warning', code: 'other-project', text: other } as const] : []),
    {
      severity: 'info',
      code: 'inferred',
      text: say('The note of the release tells from what each part was inferred'),
    },
    { severity: 'warning', code: 'not-inferred', text: say('Not known: {0}.', join(missing, '; ')) },
    ...(left + ignored > 0
      ? [
          {
            severity: 'warning',
            code: 'left-out',
            text: say('Left out: {0} more.', left + ignored),
          } as const,
        ]
      : []),
  ];
}
