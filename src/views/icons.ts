import * as vscode from 'vscode';
import type { Icon } from '../words/row.ts';

/** A codicon, and a colour only where the state calls for one. The words always say the same. */
const ICONS: Readonly<Record<Icon, readonly [codicon: string, color?: string]>> = {
  environment: ['cloud'],
  current: ['pass-filled', 'testing.iconPassed'],
  succeeded: ['pass'],
  failed: ['error', 'problemsErrorIcon.foreground'],
  interrupted: ['debug-disconnect', 'problemsErrorIcon.foreground'],
  running: ['sync~spin', 'charts.blue'],
  pending: ['circle-outline'],
  'rolled-back': ['discard'],
  unknown: ['question', 'charts.yellow'],
  healthy: ['pass', 'testing.iconPassed'],
  degraded: ['warning', 'charts.yellow'],
  down: ['error', 'problemsErrorIcon.foreground'],
  service: ['package'],
  container: ['vm'],
  server: ['server'],
  group: ['folder'],
  resource: ['symbol-misc'],
  stack: ['layers'],
  snapshot: ['history'],
  drift: ['git-compare', 'charts.yellow'],
  locked: ['lock', 'charts.yellow'],
  activity: ['pulse'],
  error: ['error', 'problemsErrorIcon.foreground'],
  warning: ['warning', 'problemsWarningIcon.foreground'],
  info: ['info', 'problemsInfoIcon.foreground'],
  more: ['ellipsis'],
  database: ['database'],
};

export function themeIcon(icon: Icon): vscode.ThemeIcon {
  const [codicon, color] = ICONS[icon];
  return new vscode.ThemeIcon(codicon, color === undefined ? undefined : new vscode.ThemeColor(color));
}
