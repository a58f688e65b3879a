import path from 'node:path';
import * as vscode from 'vscode';
import { isCommit } from '../base/commit.ts';
import { clean } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import type { Key } from '../base/finding.ts';
import type { Project } from '../state/model.ts';
import { foldsOf, outlineOf, type Section } from '../words/log-outline.ts';
import { mentionsIn } from '../words/mentions.ts';
import { releaseName } from '../words/names.ts';
import { commitKey } from './commitDocument.ts';
import { documentUri, keyIn } from './documentUri.ts';

/** More are not made, and no more files are looked for. VS Code itself finds addresses of the web. */
const LINK_LIMIT = 2_000;
const FILE_LIMIT = 300;

const SYMBOLS = {
  deployment: vscode.SymbolKind.Package,
  phase: vscode.SymbolKind.Event,
  error: vscode.SymbolKind.Key,
} as const;

export function foldingRanges(document: vscode.TextDocument): vscode.FoldingRange[] {
  return foldsOf(linesOf(document)).map(([from, to]) => new vscode.FoldingRange(from, to));
}

export function symbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
  const symbolOf = ({ name, detail, kind, from, to, children }: Section): vscode.DocumentSymbol => {
    const title = document.lineAt(from).range;
    const whole = title.union(document.lineAt(to).range);
    const symbol = new vscode.DocumentSymbol(name || '?', detail, SYMBOLS[kind], whole, title);
    symbol.children = children.map(symbolOf);
    return symbol;
  };
  return outlineOf(linesOf(document)).map(symbolOf);
}

/** What leads from a document: to releases of its project, to their commits, and to files that are there, by their names. */
export async function links(
  document: vscode.TextDocument,
  project: Project,
  hasGit: boolean,
): Promise<vscode.DocumentLink[]> {
  const things = new Map([
    ...(hasGit ? commitsOf(project) : []),
    ...releasesOf(project, keyIn(document.uri)),
  ]);
  const files = new Map<string, Promise<vscode.Uri | undefined>>();
  const found: Promise<vscode.DocumentLink | undefined>[] = [];
  for (const { start, end, text, file } of mentionsIn(document.getText())) {
    if (found.length >= LINK_LIMIT) break;
    const link = (target: vscode.Uri | undefined): vscode.DocumentLink | undefined => {
      const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
      return target && new vscode.DocumentLink(range, target);
    };
    const thing = things.get(text);
    if (thing) found.push(Promise.resolve(link(thing)));
    if (thing || !file || (files.size >= FILE_LIMIT && !files.has(file.name))) continue;
    const there = files.get(file.name) ?? fileIn(project.root, file.name);
    files.set(file.name, there);
    found.push(there.then(uri => link(file.line ? uri?.with({ fragment: `L${file.line}` }) : uri)));
  }
  return (await Promise.all(found)).filter(link => link !== undefined);
}

/** The file of this name in a folder, if there is one. */
async function fileIn(folder: string, name: string): Promise<vscode.Uri | undefined> {
  const file = path.resolve(folder, name);
  if (!isWithin(file, folder)) return undefined;
  const uri = vscode.Uri.file(file);
  const type = await vscode.workspace.fs.stat(uri).then(
    found => found.type,
    () => undefined,
  );
  return type !== undefined && type & vscode.FileType.File ? uri : undefined;
}

function linesOf(document: vscode.TextDocument): readonly string[] {
  return document.getText().split(/\r?\n/);
}

type Link = readonly [name: string, target: vscode.Uri];

/** Where the ids of a project's releases lead: to their documents, and in its own document to where it is recorded. */
function releasesOf({ environments }: Project, shown: Key): readonly Link[] {
  return environments
    .flatMap(({ releases }) => releases)
    .map(release => {
      const { id, key, log, source } = release;
      const record = vscode.Uri.file(source.file).with({ fragment: `L${source.line ?? 1}` });
      return [id, shown === key ? record : documentUri(key, releaseName(release), log ? 'log' : 'json')];
    });
}

/** Where the commits of a project's releases lead, by their full and their short names. */
function commitsOf({ key, environments }: Project): readonly Link[] {
  return environments
    .flatMap(({ releases }) => releases)
    .flatMap(({ commit }): readonly Link[] => {
      if (commit === undefined || !isCommit(commit)) return [];
      const short = clean(commit.slice(0, 7));
      const target = documentUri(commitKey(key, commit), short, 'txt');
      return [
        [short, target],
        [commit, target],
      ];
    });
}
