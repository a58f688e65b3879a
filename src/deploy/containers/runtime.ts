/** Services in plain Docker: every server runs the whole application. What is done is done by scripts there, whole steps at once. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Run } from '../../operations/operation.ts';
import type { AppService } from '../configuration/application.ts';
import { faultOf, type Told } from './faults.ts';
import { settingsText } from './settings.ts';
import { checkedName } from '../hold/environment-folder.ts';
import type { HeldServer } from '../hold/held-server.ts';
import type { NotPutBack, Replacement, Runtime, RuntimeOptions } from '../runtime.ts';
import { deployScript } from '../scripts.ts';
import { settled, tellingOn, together, type Telling, type TellingHow } from '../telling.ts';

export function createContainersRuntime(options: RuntimeOptions): Runtime {
  return new Containers(options);
}

/** What a script stands behind, besides `base.sh`. */
const BEHIND: Readonly<Partial<Record<string, readonly string[]>>> = {
  replace: ['health', 'put-back'],
  back: ['health', 'put-back'],
  scale: ['health'],
  restart: ['health'],
  settle: ['images'],
};

const scriptOf = (name: string): string =>
  ['base', ...(BEHIND[name] ?? []), name].map(each => deployScript(`containers/${each}.sh`)).join('\n');

class Containers implements Runtime {
  readonly #options: RuntimeOptions;
  /** Of which something may have been changed. */
  readonly #touched = new Set<string>();

  constructor(options: RuntimeOptions) {
    this.#options = options;
    for (const name of [options.project, options.environment, options.release]) checkedName(name);
  }

  async replace(replacement: Replacement, run: Run): Promise<void> {
    const { service } = replacement;
    const { name } = service;
    const { on, off } = this.#placement(service);
    this.#touched.add(name);
    const plans = await this.#prepare(on, replacement, run);
    const having = (order: (plan: ContainerPlan) => boolean): readonly HeldServer[] =>
      plans.flatMap(({ server, plan }) => (order(plan) ? [server] : []));
    const does = (servers: readonly HeldServer[], how: string): Promise<unknown> =>
      this.#together(servers, 'replace', [how, name], run);

    const once = having(({ kind }) => kind !== 'service');
    await does(once, 'begin');
    await this.#follow(once, [name, '1'], run);
    const lasting = (plan: ContainerPlan): boolean => plan.kind === 'service' && plan.order === 'beside';
    const atOnce = having(plan => lasting(plan) && plan.strategy === 'blue_green');
    await does(atOnce, 'start');
    await does(atOnce, 'stop');
    await does(
      having(plan => lasting(plan) && plan.strategy !== 'blue_green'),
      'roll',
    );
    for (const server of having(({ kind, order }) => kind === 'service' && order === 'first'))
      await does([server], 'swap');
    await this.#together(off, 'end', ['service', name], run);
  }

  async remove(service: string, run: Run): Promise<void> {
    this.#touched.add(checkedName(service));
    await this.#together(this.#options.servers, 'end', ['service', service], run);
  }

  async runOnce(replacement: Replacement, command: readonly string[], run: Run): Promise<void> {
    const { name } = replacement.service;
    // Once for all servers: what migrates is what they share.
    const server = this.#placement(replacement.service).on.slice(0, 1);
    await this.#prepare(server, replacement, run);
    try {
      await this.#all(server, 'once', [name, ...command], run);
      await this.#follow(server, [name, 'once'], run);
    } finally {
      // Also where it was cancelled.
      const signal = AbortSignal.timeout(END_MS);
      await this.#all(server, 'end', ['once', name], { signal, log: line => run.log(line) });
    }
  }

  async putBack(run: Run): Promise<readonly NotPutBack[]> {
    const touched = clean([...this.#touched].join(', '));
    const results = await settled(this.#options.servers, held =>
      puttingBack(held.server.name, touched, told => this.#run(held, 'back', [], run, { told })),
    );
    return results.flat();
  }

  async settle(keep: readonly string[], run: Run): Promise<void> {
    await this.#all(this.#options.servers, 'settle', keep, run);
  }

  async scale(service: string, replicas: number, run: Run): Promise<void> {
    this.#touched.add(checkedName(service));
    const told = await this.#together(this.#options.servers, 'scale', [service, String(replicas)], run);
    if (told.every(each => each.some(({ what }) => what === 'absent'))) throw notThere(service);
  }

  async restart(service: string, run: Run): Promise<void> {
    // One server after the other: the others answer meanwhile.
    for (const server of this.#options.servers)
      await this.#all([server], 'restart', [checkedName(service)], run);
  }

  #placement({ name, servers }: AppService): {
    readonly on: readonly HeldServer[];
    readonly off: readonly HeldServer[];
  } {
    const all = this.#options.servers;
    const isOn = ({ server }: HeldServer): boolean => servers?.includes(server.name) ?? true;
    const on = all.filter(isOn);
    if (on.length > 0) return { on, off: all.filter(each => !isOn(each)) };
    throw new UserError('no-server', {
      what: say('{0} is on none of these servers.', clean(name)),
      where: name,
      next: say('Check its placement.'),
    });
  }

  /** Brings the settings, and tells how they are to be used. Where one server lacks something, no container was touched on any. */
  #prepare(
    servers: readonly HeldServer[],
    { service, imageId, image, asIn = '' }: Replacement,
    run: Run,
  ): Promise<readonly { readonly server: HeldServer; readonly plan: ContainerPlan }[]> {
    const { project, environment } = this.#options;
    const name = checkedName(service.name);
    if (asIn !== '') checkedName(asIn);
    if (!/^sha256:[0-9a-f]{64}$/.test(imageId) || !/^[\w./:@-]*$/.test(image)) throw badImage(name, image);
    const stdin = Buffer.from(settingsText(service, project, environment));
    return settled(servers, async server => {
      const args = [name, imageId, image, asIn, String(service.replicas)];
      const told = await this.#run(server, 'prepare', args, run, { stdin });
      const [kind = '', order = '', strategy = ''] = told.find(({ what }) => what === 'plan')?.values ?? [];
      return { server, plan: { kind, order, strategy } };
    });
  }

  #all(
    servers: readonly HeldServer[],
    script: string,
    args: readonly string[],
    run: Telling,
  ): Promise<readonly (readonly Told[])[]> {
    return settled(servers, server => this.#run(server, script, args, run));
  }

  /** As {@link Containers.#all}, on all of them or on none. */
  #together(
    servers: readonly HeldServer[],
    script: string,
    args: readonly string[],
    run: Telling,
  ): Promise<readonly (readonly Told[])[]> {
    return together(servers, (server, ready) => this.#run(server, script, args, run, { ready }));
  }

  #follow(servers: readonly HeldServer[], args: readonly string[], run: Run): Promise<unknown> {
    return settled(servers, server => this.#run(server, 'follow', args, run, { only: 'look' }));
  }

  #run(
    held: HeldServer,
    script: string,
    args: readonly string[],
    run: Telling,
    how?: TellingHow,
  ): Promise<readonly Told[]> {
    return tellingOn(this.#options, held, scriptOf(script), args, run, how);
  }
}

const END_MS = 60_000;

/** How a service is replaced, by the settings that count on its server. */
interface ContainerPlan {
  readonly kind: string;
  readonly order: string;
  readonly strategy: string;
}

/** Puts back on one server, and tells what it could not. Each service has its own faults, behind the line that names it. */
export async function puttingBack(
  server: Clean,
  touched: Clean,
  back: (told: Told[]) => Promise<unknown>,
): Promise<readonly NotPutBack[]> {
  const told: Told[] = [];
  try {
    await back(told);
    return [];
  } catch (error) {
    let service = touched;
    const found = told.flatMap((each): readonly NotPutBack[] => {
      if (each.what === 'service' && each.values[0]) service = each.values[0];
      return each.what === 'fault' ? [{ server, service, why: faultOf([each], server, server).what }] : [];
    });
    if (found.length > 0) return found;
    const why =
      error instanceof UserError
        ? join([error.what, error.next], ' ')
        : clean(error instanceof Error ? error.message : String(error));
    return [{ server, service, why }];
  }
}

export function notThere(service: string): UserError {
  return new UserError('settings-missing', {
    what: say('{0} was not deployed to any of these servers from an editor.', clean(service)),
    where: service,
    next: say('Deploy it once.'),
  });
}

export function badImage(service: string, image: string): UserError {
  return new UserError('bad-image', {
    what: say('{0} is no image that can be run by its id.', clean(image)),
    where: service,
    next: say('Deploy it again.'),
  });
}
