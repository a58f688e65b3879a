/** What runs in Docker on a server, from the parts of `docker inspect` that `check.sh` asked for. */
import { clean, say, type Clean } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import { parseJson } from '../base/json.ts';
import type {
  DeployedBy,
  Docker,
  ObservedContainer,
  ObservedImage,
  SwarmNetwork,
  SwarmNode,
  SwarmService,
  SwarmTask,
} from '../state/observed.ts';
import { decodeInspected, type Inspected } from '../state/tako/docker-inspect.ts';
import type { Lines } from './lines.ts';

export interface RunningThere {
  readonly docker: Docker;
  /** Of the Docker Engine, else of its program. */
  readonly version?: Clean;
  readonly containers: readonly ObservedContainer[];
  readonly services: readonly SwarmService[];
  readonly networks: readonly SwarmNetwork[];
  readonly nodes: readonly SwarmNode[];
  /** Nothing where it was not told. */
  readonly images?: readonly ObservedImage[];
  /** Services that are being changed, each as a sentence. */
  readonly changing: readonly Clean[];
}

export function runningThere(lines: Lines): RunningThere {
  const said = lines.first('docker');
  const engine = said === undefined ? undefined : fieldsIn(said);
  const version = engine?.text('version') ?? clean(lines.first('docker-program'));
  const inSwarm = engine?.raw('swarm') === 'active';
  const swarm = engine?.flag('manager') === true ? 'manager' : 'worker';
  const state = said === undefined ? 'none' : engine?.has('version') === true ? 'answers' : 'silent';
  const compose = lines.first('compose');
  const images = imagesIn(lines);
  const services = lines.all('service').flatMap(line => serviceIn(line, lines, images));
  const containers = lines.all('container').flatMap(containerIn);
  const partly =
    state === 'answers' &&
    (!lines.isWhole ||
      lines.first('docker-partly') !== undefined ||
      containers.length < Number(lines.first('containers') ?? 0) ||
      services.length < lines.all('tasks').filter(each => each !== '').length);
  return {
    docker: {
      state,
      ...(inSwarm && { swarm }),
      ...(compose !== undefined && { compose: clean(compose) }),
      ...(partly && { partly }),
    },
    ...(version !== '' && { version }),
    containers,
    services: services.map(({ service }) => service),
    networks: [...networksIn(lines).values()],
    nodes: lines.all('node').flatMap(nodeIn),
    ...(lines.first('images') !== undefined && { images }),
    changing: services.flatMap(({ changing }) => changing ?? []),
  };
}

function fieldsIn(json: string): Fields | undefined {
  const parsed = parseJson(json);
  return parsed.ok ? Fields.of(parsed.value) : undefined;
}

function inspectedIn(json: string): { readonly fields: Fields; readonly item: Inspected } | undefined {
  const parsed = parseJson(json);
  const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
  const item = parsed.ok ? decodeInspected(parsed.value).items[0] : undefined;
  return fields && item && { fields, item };
}

function containerIn(json: string): readonly ObservedContainer[] {
  const { fields, item } = inspectedIn(json) ?? {};
  if (!item?.id || item.kind !== 'container') return [];
  const { id, name, image, imageId, status, health, startedAt, label } = item;
  const service = SERVICE_LABELS.map(label).find(each => each !== undefined);
  const networks = namesIn(fields, 'Networks');
  const files = label('com.docker.compose.project.config_files');
  const deployed = deployedBy(label);
  return [
    {
      id,
      name: clean(name?.replace(/^\//, '')),
      image: image ?? clean(''),
      imageId: imageId ?? clean(''),
      state: status ?? say('unknown'),
      ...(health !== undefined && { health }),
      restarts: fields?.number('RestartCount') ?? 0,
      ...(startedAt !== undefined && { startedAt }),
      ...(service !== undefined && { service: clean(service) }),
      sites: sitesOf(item),
      ...(networks.length > 0 && { networks }),
      ...(files !== undefined && { composeFiles: clean(files, 1_000) }),
      ...(deployed && { deployed }),
      ...whose(item),
    },
  ];
}

/** What names the project, the environment and the service, whichever tool made it. */
const WHOSE = [
  'tako.project',
  'tako.environment',
  'tako.service',
  'tako.runtime',
  'com.docker.compose.project',
  'com.docker.compose.service',
  'com.docker.compose.oneoff',
  'com.docker.stack.namespace',
  'com.docker.swarm.service.name',
  'com.docker.swarm.node.id',
];

function whose({ label, ports }: Inspected): Pick<ObservedContainer, 'labels' | 'ports'> {
  const labels = WHOSE.flatMap(name => {
    const value = label(name);
    return value === undefined ? [] : [[name, clean(value)] as const];
  });
  return {
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(ports.length > 0 && { ports }),
  };
}

const namesIn = (fields: Fields | undefined, name: string): readonly Clean[] =>
  (fields?.items(name) ?? []).flatMap(each => (typeof each === 'string' ? [clean(each)] : []));

/** Overlay networks by their ids; not that of the swarm itself. */
function networksIn(lines: Lines): ReadonlyMap<string, SwarmNetwork> {
  return new Map(
    lines.all('network').flatMap(line => {
      const fields = fieldsIn(line);
      const [id, name] = [fields?.text('Id'), fields?.text('Name')];
      if (!fields || id === undefined || name === undefined || fields.flag('Ingress') === true) return [];
      return [[id, { name, encrypted: fields.object('Options').has('encrypted') }] as const];
    }),
  );
}

const SERVICE_LABELS = ['tako.service', 'com.docker.compose.service', 'com.docker.swarm.service.name'];

function serviceIn(
  json: string,
  lines: Lines,
  images: readonly ObservedImage[],
): readonly { readonly service: SwarmService; readonly changing?: Clean }[] {
  const { fields, item } = inspectedIn(json) ?? {};
  if (!item?.id || item.name === undefined) return [];
  const { id, name, label } = item;
  const networks = networksIn(lines);
  const [proxyNetwork, stack] = [label('traefik.docker.network'), label('com.docker.stack.namespace')];
  const targets = namesIn(fields?.object('Spec').object('TaskTemplate'), 'Networks');
  // "ID 2/3", and more where replicas per node are limited.
  const tasks = lines.all('tasks').map(line => /^(\S+) (\d+)\/(\d+)/.exec(line));
  const [, , running = 0, desired = 0] = tasks.find(each => each?.[1] && id.startsWith(each[1])) ?? [];
  const update = fields?.object('UpdateStatus').text('State');
  const changing = update && Object.hasOwn(CHANGING, update) ? CHANGING[update]?.(name) : undefined;
  const image = item.image ?? clean('');
  const imageId = ID.test(image) ? image : images.find(each => each.references.includes(nameIn(image)))?.id;
  const own = lines.all('task').flatMap(line => taskIn(line, name));
  const deployed = deployedBy(label);
  const [byHand] = lines
    .all('by-hand')
    .flatMap(line => (line.startsWith(`${id} `) ? line.split(' ')[1] : []));
  return [
    {
      service: {
        name,
        image,
        ...(imageId !== undefined && { imageId }),
        running: Number(running),
        desired: Number(desired),
        ...(update !== undefined && { update }),
        ...(own.length > 0 && { tasks: own }),
        sites: sitesOf(item),
        ...(targets.length > 0 && { networks: targets.map(each => networks.get(each)?.name ?? each) }),
        ...(proxyNetwork !== undefined && { proxyNetwork: clean(proxyNetwork) }),
        ...(stack !== undefined && { stack: clean(stack) }),
        ...(deployed && { deployed }),
        ...(byHand !== undefined && { byHand: clean(byHand) }),
        ...whose(item),
      },
      ...(changing !== undefined && { changing }),
    },
  ];
}

const CHANGING: Readonly<Partial<Record<string, (service: Clean) => Clean>>> = {
  updating: service => say('Docker Swarm is updating the service {0}', service),
  rollback_started: service => say('Docker Swarm is rolling the service {0} back', service),
};

const sitesOf = ({ domains }: Inspected): readonly Clean[] => domains.map(each => clean(each));

/** Without the digest of a registry. */
const nameIn = (image: Clean): Clean => clean(image.replace(/@.*/, ''), 1_000);

function taskIn(json: string, service: Clean): readonly SwarmTask[] {
  const fields = fieldsIn(json);
  // "shop_web.1", and of a service on every node "shop_web.<node>".
  if (!fields?.text('Name')?.startsWith(`${service}.`)) return [];
  const [node, error] = [fields.text('Node'), fields.text('Error')];
  return [
    {
      ...(node !== undefined && { node }),
      state: firstWord(fields.text('CurrentState')), // "Running 5 minutes ago"
      image: fields.text('Image') ?? clean(''),
      ...(error !== undefined && { error }),
    },
  ];
}

function nodeIn(json: string): readonly SwarmNode[] {
  const fields = fieldsIn(json);
  const name = fields?.text('Hostname');
  if (!fields || name === undefined) return [];
  return [
    { name, state: firstWord(fields.text('Status')), availability: firstWord(fields.text('Availability')) },
  ];
}

const firstWord = (text = clean('')): Clean => clean(text.split(' ', 1)[0]?.toLowerCase());

const ID = /^sha256:[0-9a-f]{64}$/;

/** In the order in which Docker lists them: the newest first. */
function imagesIn(lines: Lines): readonly ObservedImage[] {
  const images = new Map<string, { id: Clean; references: Clean[]; bytes: number }>();
  for (const line of lines.all('image')) {
    const [id = '', size = '', reference = ''] = line.split(' ');
    if (!ID.test(id)) continue;
    const image = images.get(id) ?? { id: clean(id), references: [], bytes: bytesIn(size) };
    images.set(id, image);
    if (!reference.includes('<none>')) image.references.push(clean(reference, 1_000));
  }
  return [...images.values()];
}

/** "1.23GB", as Docker says it. */
function bytesIn(size: string): number {
  const [, number = 0, unit = ''] = /^(\d+(?:\.\d+)?)([kMGTP]?)B$/.exec(size) ?? [];
  return Math.round(Number(number) * 1000 ** ' kMGTP'.indexOf(unit || ' '));
}

const DEPLOYED = {
  project: 'tako.project',
  environment: 'tako.environment',
  service: 'tako.service',
  release: 'shipshape.release',
  hash: 'shipshape.hash',
} as const;

function deployedBy(label: Inspected['label']): DeployedBy | undefined {
  const entries = Object.entries(DEPLOYED).map(([name, of]) => [name, label(of)] as const);
  if (entries.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(entries.map(([name, value]) => [name, clean(value)])) as DeployedBy; // all of them
}
