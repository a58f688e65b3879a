import type { Change } from '../base/change.ts';
import { clean, say, type Clean } from '../base/clean.ts';
import { readDocument } from '../base/document.ts';
import type { Finding } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { FileWrite } from '../base/write.ts';
import type { NamedLock, Operation } from '../operations/operation.ts';
import { FileCache } from '../state/cache.ts';
import type { Environment, RecordedService, Tool } from '../state/model.ts';
import {
  addOwnRelease,
  bareOwn,
  readOwnReleases,
  RELEASES_FILE,
  type OwnService,
} from '../state/own-releases.ts';
import type { Reader } from '../state/source.ts';
import type { SeenServices } from '../state/tako/adopt.ts';
import { fileOperation, type FilePlan } from './files.ts';
import { projectIn } from './look.ts';

export interface AdoptServices {
  readonly root: string;
  readonly environment: string;
  /** The release that it was compared with. */
  readonly release: string;
  /** When it was seen. */
  readonly at: Instant;
  readonly seen: SeenServices;
  /** What only our own facts keep of services, by name: with it they can be put back as they run now. */
  readonly own: Readonly<Record<string, OwnService>>;
}

/** What is recorded now, and what makes another release of it. */
export interface Recorded {
  readonly release: string;
  readonly services: readonly RecordedService[];
  /** Why nothing else can be recorded. */
  readonly not?: Finding;
  readonly draft: () => Promise<{ readonly id: string; readonly files: readonly FileWrite[] }>;
}

/** How a tool records releases. */
export interface Ledger {
  readonly tool: Tool;
  readonly lock?: (root: string) => NamedLock;
  /** Its releases say what they run; else our own facts do. */
  readonly hasPlace: boolean;
  readonly recorded: (input: AdoptServices, signal: AbortSignal) => Promise<Recorded | undefined>;
}

interface AdoptPlan extends FilePlan {
  readonly id?: string;
}

/** Records what servers were seen to run as a new release. Nothing changes on them. */
export function adoptServices(
  { tool, lock, hasPlace, recorded }: Ledger,
  reader: () => Reader,
  now: () => Instant,
): Operation<AdoptServices, AdoptPlan> {
  const environmentIn = async (
    { root, environment }: AdoptServices,
    signal: AbortSignal,
  ): Promise<Environment | undefined> =>
    (await projectIn(reader(), tool, root, signal))?.environments.find(({ name }) => name === environment);
  return fileOperation<AdoptServices, AdoptPlan>({
    id: `${tool}.adopt`,
    root: ({ root }) => root,
    ...(lock && { lock: ({ root }) => lock(root) }),

    async plan(input, { signal }) {
      const { root, environment, release, seen, own } = input;
      const current = await recorded(input, signal);
      const about = {
        title: say('Adopt what runs in {0}', clean(environment)),
        target: clean(environment),
        risk: 'confirm' as const,
        steps: [say('Only the record changes: nothing is done on a server.')],
        undoable: true,
      };
      const not = current?.release === release ? current.not : otherRelease(environment);
      if (!current || not) return { ...about, changes: [], findings: not ? [not] : [], files: [] };
      const { id, files } = await current.draft();
      const before = (await readOwnReleases(new FileCache(), root)).get(release)?.services ?? {};
      const kept = Object.entries(before).filter(([name]) => !Object.hasOwn(seen, name));
      const services = { ...Object.fromEntries(kept), ...(hasPlace ? own : standIn(seen, own)) };
      return {
        ...about,
        changes: Object.entries(seen).map(([name, found]): Change => {
          const before = current.services.find(each => each.name === name);
          return {
            path: [clean(environment), clean(name)],
            kind: !before ? 'added' : found ? 'changed' : 'removed',
            ...(before && { from: told(before.image, before.replicas) }),
            ...(found && { to: told(clean(found.image), found.replicas) }),
          };
        }),
        findings: [],
        files: [
          ...files,
          addOwnRelease(
            await readDocument(root, RELEASES_FILE),
            {
              release: id,
              environment,
              services,
              ...(!hasPlace && { adopted: Object.keys(seen) }),
            },
            now(),
          ),
        ],
        id,
      };
    },

    async check(input, { id }, { signal }): Promise<Clean | undefined> {
      const environment = await environmentIn(input, signal);
      const release = environment?.releases.find(each => each.id === id);
      if (!release || environment?.current !== release.id) return say('It is not recorded.');
      const wrong = Object.entries(input.seen).find(([name, found]) => {
        const service = release.services.find(each => each.name === name);
        return found ? service?.imageId !== found.imageId || service.replicas !== found.replicas : service;
      });
      return wrong && say('{0} is not recorded so.', clean(wrong[0]));
    },
  });
}

/** All that is known of what was seen, also of what nothing of ours has made. */
function standIn(seen: SeenServices, own: AdoptServices['own']): AdoptServices['own'] {
  const found = Object.entries(seen).flatMap(([name, service]) =>
    service ? [[name, { ...(own[name] ?? bareOwn(service)), replicas: service.replicas }] as const] : [],
  );
  return Object.fromEntries(found);
}

function told(image: Clean | undefined, replicas: number | undefined): Clean {
  return say('{0}, replicas: {1}', image ?? say('no image'), replicas ?? 0);
}

function otherRelease(environment: string): Finding {
  const text = say('{0} was deployed meanwhile. Check its servers again.', clean(environment));
  return { severity: 'error', code: 'other-release', text };
}
