import * as vscode from 'vscode';
import type { Icon } from '../words/row.ts';
import { CODICONS } from './codicons.ts';

export function themeIcon(icon: Icon): vscode.ThemeIcon {
  const [codicon, color] = CODICONS[icon];
  return new vscode.ThemeIcon(codicon, color === undefined ? undefined : new vscode.ThemeColor(color));
}
