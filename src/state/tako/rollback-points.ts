import { say, type Clean } from '../../base/clean.ts';
import { readDocument, replaced } from '../../base/document.ts';
import type { Finding } from '../../base/finding.ts';
import { newestFirst } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { lastChecks } from './health.ts';
import { isRemote, type DeploymentRecord } from './record.ts';
import { namesIn, recordIn, type Recorded } from './recorded.ts';
import { findRelease, isSame, tell, type ReleaseDraft, type ReleaseId } from './releases.ts';
import { historyWrites, stablePath } from './save.ts';

/** Marks a release as safe to go back to, or takes the mark away. `last-stable.json` holds the newest that is marked. */
export async function markRollbackPoint(
  root: string,
  release: ReleaseId,
  isStable: boolean,
): Promise<ReleaseDraft> {
  const { record, own, all } = await findRelease(root, release);
  const stable = await readDocument(root, stablePath(release.environment));
  const standing = recordIn(stable); // a damaged one is not overwritten
  const edits = own.flatMap(each => tell(each, { rollback_point: isStable }));
  const textOf = ({ document }: Recorded): string =>
    edits.find(({ path }) => path === document.path)?.content ?? document.text ?? '';

  const marked = all
    .filter(each =>
      own.includes(each)
        ? isStable
        : each.document.path === stable.path ||
          (each.record.rollbackPoint && each.record.outcome !== 'failed'),
    )
    .sort((a, b) => newestFirst(a.record.at, b.record.at));
  const [first] = marked;
  // Of several records of one deployment, the one that came from a server is the one that is shown.
  const newest =
    first && (marked.find(each => isRemote(each.record) && isSame(each.record, first.record)) ?? first);
  const content = newest && textOf(newest);

  const files: FileWrite[] = edits.filter(({ path }) => path !== stable.path);
  if (content !== stable.text) {
    const displaced = standing ? [{ record: standing.record, content: textOf(standing) }] : [];
    files.push(...(await historyWrites(root, release.environment, displaced)));
    files.push(
      content === undefined ? { ...replaced(stable, ''), content: null } : replaced(stable, content),
    );
  }
  return { record, files, findings: isStable ? await evidence(root, record, all) : [] };
}

const NOTHING_KNOWN = /^(unknown|starting|)$/i;

/** What speaks against going back to a release, and whether anything speaks for it. */
async function evidence(
  root: string,
  { id, status, outcome, services, source, at }: DeploymentRecord,
  all: readonly Recorded[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const against = (severity: Finding['severity'], text: Clean, file = source.file): void =>
    void findings.push({ severity, code: 'not-stable', text, at: { file } });

  if (outcome !== 'succeeded' && outcome !== 'rolled-back') {
    against(outcome === 'unknown' ? 'warning' : 'error', say('{0} is recorded as {1}.', id, status));
  }
  const known = services.filter(({ health = '' }) => !NOTHING_KNOWN.test(health));
  for (const { name, health = say('unknown') } of known) {
    if (!isHealthy(health)) against('error', say('{0} is recorded as {1}.', name, health));
  }
  const next = Math.min(...all.map(({ record }) => record.at ?? 0).filter(each => each > (at ?? Infinity)));
  const checks = (await lastChecks(root, at ?? Infinity, next)).filter(
    ({ service, status }) =>
      !NOTHING_KNOWN.test(status) && (services.length === 0 || services.some(({ name }) => name === service)),
  );
  // The checks of a service do not say in which environment it was.
  const severity = (await namesIn(root, 'deployments')).length > 1 ? 'warning' : 'error';
  for (const { service, status: health, time, file } of checks) {
    if (!isHealthy(health)) {
      against(severity, say('{0} was {1} when it was checked at {2}.', service, health, time), file);
    }
  }
  if (known.length + checks.length === 0) {
    const text = say('Whether {0} was healthy was never recorded.', id);
    findings.push({ severity: 'warning', code: 'health-not-recorded', text, at: source });
  }
  return findings;
}

function isHealthy(health: Clean): boolean {
  return health.toLowerCase() === 'healthy';
}
