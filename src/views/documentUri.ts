import * as vscode from 'vscode';
import type { Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';

/** Of our documents. Their path is a key and, for people, a readable name. */
export const SCHEME = 'shipshape';

export function documentUri(place: string, name: Clean, kind: string): vscode.Uri {
  const readable = name.replace(/[^\p{L}\p{N}._ -]+/gu, '-');
  return vscode.Uri.from({ scheme: SCHEME, path: `/${place}/${readable}.${kind}` });
}

export function keyIn({ path }: vscode.Uri): Key {
  return path.slice(1, path.lastIndexOf('/')) as Key; // made by `documentUri`
}

/** Whether a document is of a project. */
export function isOf(project: Key, { path }: vscode.Uri): boolean {
  return path.startsWith(`/${project}/`);
}
