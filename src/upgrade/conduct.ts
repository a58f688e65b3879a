/** Follows one run with everybody told: the log, the progress, the ledger, and in the end an independent look. */
import { clean, join, type Clean } from '../base/clean.ts';
import type { Run } from '../operations/operation.ts';
import type { ServerAnswer } from '../state/observed.ts';
import type { Access } from './access.ts';
import { drive, type Drive, type RunEnd } from './drive.ts';
import { beginRun, type Begun } from './ledger.ts';
import { Progress, type Followed } from './progress.ts';

/** What became of a server, as its run says. */
export interface Outcome {
  /** `current`: there was nothing to do. `not-begun`: others came first, and it was not begun any more. */
  readonly end: RunEnd | 'current' | 'not-begun';
  readonly why?: Clean;
  /** It finished, and an independent look found the server as planned. */
  readonly verified?: boolean;
  /** The version of the step in which it ended. */
  readonly step?: Clean;
  /** The id of the run there. */
  readonly run?: string;
  readonly backup?: string;
  /** What the server answered before. */
  readonly before?: ServerAnswer;
}

export interface Conduct extends Pick<Drive, 'program' | 'whole' | 'again'> {
  readonly followed: Followed;
  /** To be written down as begun; nothing for a run that was begun before. */
  readonly begun?: Begun;
  /** Its lines in the log begin with the name of the server. */
  readonly isNamed: boolean;
  /** What the journal said of the step that it goes on with. */
  readonly step?: Clean | undefined;
  /** Whether an independent look finds the server as planned, once the run says that it finished. */
  readonly isVerified: () => Promise<boolean>;
}

export async function conduct(
  access: Access,
  run: Run,
  { followed, begun, isNamed, step: earlier, isVerified, ...program }: Conduct,
): Promise<Outcome> {
  const { server, run: id } = followed;
  const log = (line: Clean): void => run.log(isNamed ? join([server.name, line], ': ') : line);
  const entry = await beginRun(access.storage, access.now, followed, begun);
  const progress = new Progress(access, run, followed);
  let step: Clean | undefined;
  const reach = (event: Clean): void => {
    const [what, version] = event.split(' ');
    if (what === 'begin' || what === 'stuck') step = clean(version);
    progress.event(event);
  };
  const event = (event: Clean): void => {
    reach(event);
    log(event);
    entry.event(event);
  };
  if (earlier !== undefined) reach(earlier);
  let isFailure = true;
  try {
    const driven = await drive(access, {
      server,
      run: id,
      signal: run.signal,
      heard: { log, event },
      ...program,
    });
    // What was paused, or is only not followed any more, has not failed.
    isFailure = !['finished', 'paused', 'left'].includes(driven.end);
    const verified = driven.end === 'finished' && (await isVerified());
    // What happened on the server matters more than that it is remembered here.
    await entry.end({ ...driven, verified }).catch((error: unknown) => log(clean(String(error))));
    return { ...driven, verified, run: id, ...(step !== undefined && { step }) };
  } finally {
    progress.end(isFailure);
  }
}
