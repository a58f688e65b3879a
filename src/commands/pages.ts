import type * as vscode from 'vscode';
import { Panels, type Use } from '../views/panel.ts';
import { driftPage } from '../words/drift-page.ts';
import { stacksPage } from '../words/stacks-page.ts';
import { SNAPSHOT_DIFF, snapshotDiffUse } from './compare-snapshots.ts';
import { RELEASE_DIFF, releaseDiffUse } from './compare-releases.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';
import { fleetUse } from './fleet.ts';
import { runCommand } from './table.ts';

/** The panels of a window. `root`: where their client lies. */
export function createPanels(desk: Desk, root: vscode.Uri): Panels {
  const { state, git, scheduled, log } = desk;
  return new Panels({
    state,
    git,
    scheduled,
    root,
    uses: usesOf(desk),
    failed: error => void reportFailure(log, error),
  });
}

/** The kinds of pages. What is chosen on most of them is a command of the manifest. */
function usesOf(desk: Desk): Readonly<Record<string, Use>> {
  const { state } = desk;
  const act: Use['act'] = async ({ id, key }) => runCommand(desk, id, key);
  return {
    stacks: { page: () => stacksPage(state.now, Date.now()), act },
    [RELEASE_DIFF]: releaseDiffUse(desk),
    [SNAPSHOT_DIFF]: snapshotDiffUse(desk),
    fleet: fleetUse(desk, act),
    drift: { page: ([stack]) => driftPage(state.now, stack, Date.now()), act },
  };
}
