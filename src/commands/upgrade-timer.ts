import * as vscode from 'vscode';
import { upgradeSettings } from '../views/workspace.ts';
import type { Desk } from './desk.ts';

/** What is chosen to the minute begins within it. */
const PERIOD = 20_000;

/**
 * Looks again and again whether an upgrade is to be started or proposed; without a strategy and without a scheduled one it costs
 * nothing. One look at a time: what it starts has to end before the next.
 */
export function watchWindows(desk: Desk): vscode.Disposable {
  const since = Date.now();
  let isLooking = false;
  const look = async (): Promise<void> => {
    const { strategy } = upgradeSettings();
    const isWanted =
      desk.scheduled.value !== undefined || strategy === 'balanced' || strategy === 'aggressive';
    if (isLooking || !isWanted || !vscode.workspace.isTrusted || !desk.state.now.ready) return;
    isLooking = true;
    try {
      const { lookAtWindows } = await import('./upgrade-window.ts');
      await lookAtWindows(desk, since);
    } catch (error) {
      // It would be told again and again.
      desk.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), PERIOD);
  return new vscode.Disposable(() => clearInterval(timer));
}
