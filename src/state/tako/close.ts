import path from 'node:path';
import { say } from '../../base/clean.ts';
import { readDocument, replaced } from '../../base/document.ts';
import { Fields } from '../../base/fields.ts';
import type { Json } from '../../base/json.ts';
import { secondText, type Instant } from '../../base/time.ts';
import { FileCache } from '../cache.ts';
import type { Phase } from '../model.ts';
import { TakoFolder } from './folder.ts';
import { readState } from './global.ts';
import { LOCK_LASTS } from './lock.ts';
import { readRecord, takoPath } from './recorded.ts';
import { findRelease, tell, type ReleaseDraft, type ReleaseId } from './releases.ts';
import { saveDeployment, saveEarlier } from './save.ts';
import { readUnfinished, type Unfinished } from './unfinished.ts';

/**
 * Records a deployment as failed that was interrupted: its record says that it runs, or only its log tells of it. `what`: what
 * became of what it had done.
 */
export async function closeRelease(
  root: string,
  release: ReleaseId,
  now: Instant,
  signal: AbortSignal,
  what?: string,
): Promise<ReleaseDraft> {
  const { environment, id } = release;
  const logs = await readUnfinished(new TakoFolder(root, new FileCache(), [], signal));
  const unfinished = logs.find(each => each.environment === environment && each.record.id === id);
  if (unfinished) return closeLog(root, unfinished, now, what);
  const { record, own } = await findRelease(root, release);
  const isRunning = record.outcome === 'running';
  const failed: Json =
    record.notes === undefined ? { status: 'failed', notes: notesOf([], what) } : { status: 'failed' };
  return {
    record,
    files: isRunning ? own.flatMap(each => tell(each, failed)) : [],
    findings: isRunning
      ? mayStillRun(record.at, now)
      : [{ severity: 'error', code: 'not-running', text: say('It is not recorded as running.') }],
  };
}

async function closeLog(
  root: string,
  { environment, record, log }: Unfinished,
  now: Instant,
  what?: string,
): Promise<ReleaseDraft> {
  const { id, at: startedAt = 0 } = record;
  const running = log.phases.filter(({ status }) => status === 'running');
  const lastSign = Math.max(startedAt, ...log.phases.map(({ at }) => at ?? 0));
  const { value } = await readState(root);
  const state = Fields.of(value);
  const deployment = {
    id,
    timestamp: lastSign,
    environment,
    mode: state?.text('mode') ?? '',
    status: 'failed',
    durationSeconds: (lastSign - startedAt) / 1000,
    services: null,
    network: null,
    volumes: null,
    config: { hash: '', source: '' },
    rollbackPoint: false,
    notes: notesOf(running, what),
  } as const;
  const current = await readRecord(root, takoPath('deployments', environment, 'current.json'));
  const isNewest = (current?.record.at ?? 0) <= lastSign;
  const name = state?.object('project').text('name') ?? '';
  const document = await readDocument(root, takoPath('logs', 'deployments', path.basename(log.file)));
  const text = document.text ?? '';
  const lines = [...running.map(phase => `phase ${phase.name} failed`), 'Deployment ended: failed'];
  const added = lines.map(line => `[${secondText(now)}] ${line}\n`).join('');
  return {
    record,
    files: [
      ...(await (isNewest ? saveDeployment(root, deployment, { name }) : saveEarlier(root, deployment))),
      replaced(document, `${text}${text.endsWith('\n') ? '' : '\n'}${added}`),
    ],
    findings: mayStillRun(lastSign, now),
  };
}

function notesOf(running: readonly Pick<Phase, 'name'>[], what?: string): string {
  const interrupted = ['Interrupted', ...running.map(({ name }) => `in ${name}`)].join(' ');
  return [interrupted, ...(what === undefined ? [] : [what])].join('; ');
}

function mayStillRun(lastSign: Instant | undefined, now: Instant): ReleaseDraft['findings'] {
  return lastSign !== undefined && now - lastSign < LOCK_LASTS
    ? [
        {
          severity: 'warning',
          code: 'may-still-run',
          text: say('It gave a sign of life in the last 30 minutes.'),
        },
      ]
    : [];
}
