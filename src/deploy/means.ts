/** What carries a deployment out on servers, by its engine. */
import { say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Held } from '../base/lock.ts';
import { pruneArtifacts } from '../state/tako/artifacts.ts';
import { saveBuild } from '../state/tako/build-cache.ts';
import type { DeployAccess } from './access.ts';
import type { Application, Engine } from './configuration/application.ts';
import { createComposeRuntime } from './compose/runtime.ts';
import { createContainersRuntime } from './containers/runtime.ts';
import type { HeldServer } from './hold/held-server.ts';
import { createImages } from './images/store.ts';
import type { Images } from './images/images.ts';
import type { Recorder } from './record/recorder.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';
import { createSwarmRuntime } from './swarm/runtime.ts';

export function runtimeOn(engine: Engine, options: RuntimeOptions): Runtime {
  if (engine.kind === 'containers') return createContainersRuntime(options);
  if (engine.kind === 'compose') return createComposeRuntime(options);
  const manager = options.servers.find(({ server }) => server.id === engine.manager.id);
  if (manager) return createSwarmRuntime({ ...options, manager });
  throw new UserError('no-manager', {
    what: say('The manager of the swarm is not among the servers that are held.'),
    where: engine.manager.name,
    next: say('Nothing was done.'),
  });
}

export interface ImagesOn {
  readonly access: DeployAccess;
  readonly application: Application;
  readonly servers: readonly HeldServer[];
  readonly recorder: Recorder;
  readonly held: Held;
}

export function imagesOn({ access, application, servers, recorder, held }: ImagesOn): Images {
  const { root, tool } = application;
  const { buildStrategy, keepArtifacts } = access.settings();
  return createImages({
    servers,
    application,
    buildStrategy,
    keepArtifacts: tool === 'tako' && keepArtifacts > 0,
    onLine: line => recorder.build(line),
    onBuilt: async build => {
      if (tool !== 'tako') return; // Stagecraft keeps no record of builds
      await held.commit([await saveBuild(root, build, access.now())]);
      if (keepArtifacts === 0) return;
      const { files, findings } = await pruneArtifacts(root, keepArtifacts);
      if (findings.length === 0) await held.commit(files); // what cannot be read may need any of them
    },
  });
}
