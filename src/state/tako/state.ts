import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields, RecordedTime } from '../../base/fields.ts';
import { lineOf } from '../../base/json.ts';
import type { FileContent } from '../cache.ts';
import type { Fact } from '../model.ts';
import { fact, factOf } from '../facts.ts';
import type { TakoFolder } from './folder.ts';

/** `.tako/state.json`. */
export interface GlobalState {
  readonly name?: Clean;
  /** Of the deployment that was recorded last, whatever its environment. */
  readonly mode?: Clean;
  readonly environments: readonly GlobalEnvironment[];
  readonly facts: readonly Fact[];
  readonly file: string;
}

export interface GlobalEnvironment {
  readonly name: Clean;
  readonly servers: readonly Clean[];
  readonly deployment?: Clean;
  readonly facts: readonly Fact[];
}

/** The format of the design; the released program writes it, too. */
export const KNOWN_VERSION = '1.0.0';

export function decodeGlobalState(root: Fields, content: FileContent): GlobalState {
  const project = root.object('project');
  const metadata = root.object('metadata');
  const version = root.text('version');
  if (version?.localeCompare(KNOWN_VERSION, 'en', { numeric: true }) === 1) {
    content.report({
      severity: 'info',
      code: 'newer-format',
      text: say(
        'Format version {0} is newer than {1}, the one Shipshape knows.',
        version,
        clean(KNOWN_VERSION),
      ),
      line: () => lineOf(content.text, ['version']),
    });
  }
  return {
    file: content.file,
    name: project.text('name'),
    mode: root.text('mode'),
    environments: root.map('environments').map(([name, environment]) => ({
      name: root.shown(name),
      servers: environment.texts('servers'),
      deployment: environment.text('deployment_id'),
      facts: [
        ...fact(say('Active'), environment.flag('active') === false ? say('no') : undefined),
        ...timeFact(say('Last deployment'), environment.time('last_deployment')),
      ],
    })),
    facts: [
      ...fact(say('Mode'), root.text('mode')),
      ...timeFact(say('First recorded'), project.time('created_at')),
      ...timeFact(say('Last deployed'), project.time('last_deployed')),
      ...fact(say('Tako version'), metadata.text('tako_version')),
      ...fact(say('Config hash'), metadata.text('config_hash')),
    ],
  };
}

/** A time as it is recorded; "never" is left out. */
function timeFact(name: Clean, time: RecordedTime | undefined): readonly Fact[] {
  return time?.at === undefined ? [] : fact(name, time.text);
}

/** What else the folder holds: cached networks, and logs that no deployment claims. */
export async function readOtherFacts(folder: TakoFolder): Promise<readonly Fact[]> {
  const networks = await folder.json(['config', 'networks', 'overlay.json'], decodeNetworks);
  const builds = (await folder.names('logs', 'builds')).length;
  const errors = (await folder.names('logs', 'errors')).length;
  return [
    ...(networks ?? []),
    ...fact(say('Build logs'), builds > 0 ? clean(builds) : undefined),
    ...fact(say('Error logs'), errors > 0 ? clean(errors) : undefined),
  ];
}

function decodeNetworks(root: Fields): readonly Fact[] {
  return root
    .list('networks')
    .flatMap(network =>
      factOf(
        say('Network'),
        network.text('name'),
        network.text('driver'),
        network.text('subnet'),
        network.text('id'),
        network.flag('attachable') ? say('attachable') : undefined,
        ...network.texts('services'),
      ),
    );
}
