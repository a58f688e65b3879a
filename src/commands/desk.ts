import type { LogOutputChannel } from 'vscode';
import type { Runner } from '../operations/runner.ts';
import type { Index, Reader } from '../state/source.ts';
import type { WorkspaceState } from '../state/store.ts';
import type { Documents } from '../views/documents.ts';
import type { Git } from '../views/git.ts';
import type { Panels } from '../views/panel.ts';
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
  readonly log: LogOutputChannel;
  readonly version: string;
  /** Remembers that a person does not want to be reminded of this. */
  dismiss(id: string): Promise<void>;
}
