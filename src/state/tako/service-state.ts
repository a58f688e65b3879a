import { edited, readDocument, replaced } from '../../base/document.ts';
import type { Edit } from '../../base/edit.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import type { Json } from '../../base/json.ts';
import { mergeEdits } from '../../base/merge.ts';
import { secondText } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { goText, NEVER, type DeployedService, type NewDeployment } from './deployment.ts';
import { objectIn, takoPath, type Recorded } from './recorded.ts';

/** `services/<name>/state.json` of every service of a deployment. `before` is the record that was current until now. */
export async function deployedServices(
  root: string,
  deployment: NewDeployment,
  before: Recorded | undefined,
): Promise<readonly FileWrite[]> {
  if (deployment.status === 'failed') return []; // what ran before runs on, or else nobody knows
  const writes = Object.entries(deployment.services ?? {}).map(([name, service]) =>
    deployedService(root, deployment, name, service, before).catch((error: unknown) => {
      // What is damaged stays as it is; that the deployment is recorded matters more.
      if (error instanceof UserError) return [];
      throw error;
    }),
  );
  return (await Promise.all(writes)).flat();
}

async function deployedService(
  root: string,
  deployment: NewDeployment,
  name: string,
  service: DeployedService,
  before: Recorded | undefined,
): Promise<readonly FileWrite[]> {
  const at = secondText(deployment.timestamp);
  const { image, replicas, health } = service;
  const current = { version: versionOf(image), image, deployed_at: at, replicas, status: statusOf(service) };
  const document = await readDocument(root, takoPath('services', name, 'state.json'));
  const value = objectIn(document);
  const past = retired(deployment, name, service, Fields.of(value)?.object('current'), before);
  if (value === undefined) {
    const isKnown = health !== '' && health !== 'unknown';
    const content = goText({
      name,
      current,
      history: past ? [past] : [],
      health_checks: {
        endpoint: '',
        last_check: isKnown ? at : NEVER,
        status: health || 'unknown',
        response_time_ms: 0,
      },
      resources: { cpu_limit: '', memory_limit: '', current_cpu: '', current_memory: '' },
    });
    return [replaced(document, content)];
  }
  const history: readonly Edit[] = !past
    ? []
    : 'history' in value
      ? [{ kind: 'insert', path: ['history'], value: past }]
      : [{ kind: 'set', path: ['history'], value: [past] }];
  return [edited(document, [...mergeEdits(value, { current }), ...history], 'go')];
}

/**
 * What ran until now. The file of a service does not say of which environment it is, the record of the environment does: where
 * they differ, another environment was deployed in between.
 */
function retired(
  deployment: NewDeployment,
  name: string,
  service: DeployedService,
  own: Fields | undefined,
  before: Recorded | undefined,
): Json | undefined {
  const known =
    before && before.record.outcome !== 'failed'
      ? Fields.of(before.value)
          ?.map('services')
          .find(([each]) => each === name)?.[1]
      : undefined;
  const ours = own?.has('image') && (!known || known.raw('image') === own.raw('image')) ? own : undefined;
  const past = ours ?? known;
  const image = past?.raw('image');
  if (!past || typeof image !== 'string') return undefined;
  const recordedVersion = ours?.raw('version');
  const deployedAt = ours ? ours.raw('deployed_at') : before?.value.timestamp;
  return {
    version: typeof recordedVersion === 'string' ? recordedVersion : versionOf(image),
    deployed_at: typeof deployedAt === 'string' ? deployedAt : NEVER,
    retired_at: secondText(deployment.timestamp),
    reason: reasonOf(deployment, service, past, before),
  };
}

function reasonOf(
  { id, status, config }: NewDeployment,
  { image, replicas }: DeployedService,
  past: Fields,
  before: Recorded | undefined,
): string {
  if (status === 'rolled_back' || id.startsWith('rollback-')) return 'rollback';
  if (past.raw('image') !== image) return 'upgrade';
  if (past.raw('replicas') !== replicas) return 'scale';
  const hash = Fields.of(before?.value)?.object('config').raw('hash');
  return hash !== undefined && hash !== config.hash ? 'config' : 'redeploy';
}

/** An image without a tag is what Docker calls the latest. */
export function versionOf(image: string): string {
  const [name = '', digest] = image.split('@');
  return /:([^/:]+)$/.exec(name)?.[1] ?? digest ?? 'latest';
}

function statusOf({ replicas, containers }: DeployedService): string {
  if (replicas === 0) return 'stopped';
  const running = containers?.filter(({ status }) => status === 'running').length;
  if (running === undefined || running === containers?.length) return 'running';
  return running === 0 ? 'stopped' : 'degraded';
}
