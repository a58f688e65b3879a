import type { Clean } from '../base/clean.ts';
import type { At, Fix, Key } from '../base/finding.ts';
import type { Fact } from '../state/model.ts';

export type View = 'releases' | 'services' | 'servers' | 'stacks';

/** What a row is or is in, for its icon. The views choose the picture and the colour. */
export type Icon =
  | 'environment'
  | 'current'
  | 'succeeded'
  | 'failed'
  | 'interrupted'
  | 'running'
  | 'pending'
  | 'rolled-back'
  | 'unknown'
  | 'healthy'
  | 'degraded'
  | 'down'
  | 'service'
  | 'container'
  | 'server'
  | 'group'
  | 'resource'
  | 'stack'
  | 'snapshot'
  | 'drift'
  | 'locked'
  | 'activity'
  | 'error'
  | 'warning'
  | 'info'
  | 'more'
  | 'database';

/** A file at a line, or the document of a key: its log, or what is recorded about it. */
export type Target =
  { readonly file: At } | { readonly document: Key; readonly kind: 'log' | 'json' | 'txt' };

/** One row of a tree, as plain data: what it says, not how it is drawn. */
export interface Row {
  /** Stable and unique within its view. */
  readonly key: Key;
  readonly label: Clean;
  /** State in words, then age, then who. */
  readonly description?: Clean;
  readonly icon: Icon;
  /** For the tooltip. */
  readonly facts?: readonly Fact[];
  /** The whole row for a screen reader, where label and description do not say it well. */
  readonly spoken?: Clean;
  /** What it is found by besides what it says. */
  readonly words?: readonly Clean[];
  /** What can be done with it, matched by the menus. */
  readonly abilities?: readonly Ability[];
  /** What a click opens. */
  readonly open?: Target;
  /** What "Open Details" opens, where that is not what a click does. */
  readonly details?: Target;
  /** Where it is written, for "Open Source". */
  readonly source?: At;
  readonly children?: readonly Row[];
  readonly expanded?: boolean;
  /** On a "Load more" row: the list, and how many rows to ask for. */
  readonly more?: { readonly list: Key; readonly rows: number };
  /** What it stands for, where that is not its own key: a server below each of its groups. */
  readonly subject?: Key;
  /** What would mend what it tells of. */
  readonly fix?: Fix;
  /** What "Copy Id" copies. */
  readonly id?: Clean;
}

/** Something that is broken now and a person's to act on. */
export interface Attention {
  /** Also says which state it was, so that dismissing one failure does not hide the next. */
  readonly id: string;
  readonly view: View;
  /** The row to show. */
  readonly key: Key;
  readonly text: Clean;
  readonly open?: Target;
  /** What would mend it. */
  readonly fix?: Fix;
}

export type Ability =
  | 'copyId'
  | 'copySummary'
  | 'openSource'
  | 'openLog'
  | 'openDetails'
  | 'compareLog'
  | 'fix'
  | 'showUndeployed'
  | 'deploy'
  | 'rollBack'
  | 'promote'
  | 'takeOver'
  | 'chooseTako'
  | 'scaleService'
  | 'restartService'
  | 'followLogs'
  | 'openShell'
  | 'compareWithPrevious'
  | 'compareReleases'
  | 'compareEnvironments'
  | 'compareWithWorkingTree'
  | 'noteRelease'
  | 'closeRelease'
  | 'markRollbackPoint'
  | 'unmarkRollbackPoint'
  | 'pruneHistory'
  | 'pruneArtifacts'
  | 'recordHealth'
  | 'openTerminal'
  | 'checkServer'
  | 'checkEnvironment'
  | 'reviewHostKeys'
  | 'setUpServer'
  | 'upgradeServer'
  | 'resumeUpgrade'
  | 'restoreSetup'
  | 'manageBackups'
  | 'editHost'
  | 'recordHost'
  | 'removeHost'
  | 'addResource'
  | 'removeResource'
  | 'editTags'
  | 'newStack'
  | 'deleteStack'
  | 'showDependencies'
  | 'recordDependencies'
  | 'snapshotStack'
  | 'compareSnapshots'
  | 'runStack'
  | 'exportActivity'
  | 'verifySnapshots'
  | 'backUpStack'
  | 'restoreBackup'
  | 'archiveSnapshots'
  | 'restoreStack'
  | 'addTag'
  | 'removeTag'
  | 'lockStack'
  | 'breakStackLock'
  | 'checkDrift'
  | 'showDrift'
  | 'copyDrift'
  | 'resolveDrift'
  | 'ignoreDrift'
  | 'adoptDrift'
  | 'reopenDrift'
  | 'redeploy'
  | 'migrateStacks'
  | 'showMigrationScript';
