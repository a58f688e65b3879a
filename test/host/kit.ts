import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Api } from '../../src/extension.ts';
import { recordCommand } from '../kit/commands.ts';

/** The extension, as VS Code knows it. */
export function extension(): vscode.Extension<Api> {
  const found = vscode.extensions.getExtension<Api>('shipshape.shipshape');
  assert.ok(found, 'the extension is installed');
  return found;
}

/** What the extension gives to others, after everything was read once. */
export async function ready(): Promise<Api> {
  const api = await extension().activate();
  await api.state.ready;
  return api;
}

/** Runs a command of the extension, and notes that it was run. */
export async function run(command: string, ...args: unknown[]): Promise<unknown> {
  recordCommand(command);
  return vscode.commands.executeCommand(command, ...args);
}

/** Waits until a value is as wanted, for what has no event to wait for. */
export async function eventually<T>(read: () => T, wanted: (value: T) => boolean, what: string): Promise<T> {
  for (const end = Date.now() + 20_000; ;) {
    const value = read();
    if (wanted(value)) return value;
    if (Date.now() > end) assert.fail(`${what} did not come; last: ${JSON.stringify(value)}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
