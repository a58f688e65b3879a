import type { LogOutputChannel, SecretStorage } from 'vscode';
import type { Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Runner } from '../operations/runner.ts';
import type { Index, Reader } from '../state/source.ts';
import type { WorkspaceState } from '../state/store.ts';
import type { Fleet } from '../servers/fleet.ts';
import type { Documents } from '../views/documents.ts';
import type { Git } from '../views/git.ts';
import type { Panels } from '../views/panel.ts';
import type { ScheduledUpgrade } from '../views/scheduled.ts';
import type { Sidebar } from '../views/sidebar.ts';

/** What the commands work with. */
export interface Desk {
  readonly state: WorkspaceState;
  readonly engine: Runner & Index & Pick<Reader, 'read'>;
  readonly sidebar: Sidebar;
  readonly git: Git;
  readonly documents: Documents;
  /** Loaded when the first of them is opened. */
  readonly panels: () => Promise<Panels>;
  /** What works on servers. Loaded when it is first needed, and closed with the window. */
  readonly fleet: () => Promise<Fleet>;
  /** The upgrade that is scheduled here. */
  readonly scheduled: ScheduledUpgrade;
  /** Where passphrases are kept, and nowhere else. */
  readonly secrets: SecretStorage;
  readonly log: LogOutputChannel;
  readonly version: string;
  /** The folder of this machine for what is ours alone. */
  readonly storage: string;
  /** The tasks that run here now. */
  readonly running: Set<Running>;
  /** Remembers that a person does not want to be reminded of this. */
  dismiss(id: string): Promise<void>;
}

/** A task that runs. */
export interface Running {
  readonly title: Clean;
  readonly since: Instant;
  /** The environment that it changes. */
  readonly of?: Key;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  /** Asks it to stop; the second time it is not followed any more. */
  readonly cancel: () => void;
}
