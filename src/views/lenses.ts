import * as vscode from 'vscode';
import type { Span } from '../base/span.ts';
import { CONFIG_NAMES } from '../state/outline.ts';
import { hovered, lensesOf } from '../words/lenses.ts';
import { plain } from '../words/plain.ts';
import type { OpenConfigs } from './configs.ts';
import { factsMarkdown } from './markdown.ts';

const MINUTE = 60_000;

/** Above the environments (and services) of a configuration: what is deployed. At their names: the details. */
export function showLenses(configs: OpenConfigs): vscode.Disposable {
  const changes = new vscode.EventEmitter<void>();
  const fire = (): void => changes.fire();
  const clock = setInterval(fire, MINUTE); // ages grow while nobody writes
  const files = {
    scheme: 'file',
    pattern: `**/{${[...CONFIG_NAMES.tako, ...CONFIG_NAMES.stagecraft].join(',')}}`,
  };
  return vscode.Disposable.from(
    changes,
    new vscode.Disposable(() => clearInterval(clock)),
    configs.onDidChange(fire),
    vscode.workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('shipshape.codeLens')) fire();
    }),
    vscode.languages.registerCodeLensProvider(files, {
      onDidChangeCodeLenses: changes.event,
      provideCodeLenses: document => codeLenses(configs, document),
    }),
    vscode.languages.registerHoverProvider(files, {
      provideHover: (document, position) => hoverAt(configs, document, position),
    }),
  );
}

function codeLenses(configs: OpenConfigs, document: vscode.TextDocument): vscode.CodeLens[] {
  const shown = vscode.workspace.getConfiguration('shipshape', document).get<string>('codeLens');
  const project = configs.project(document);
  if (!project || shown === 'off') return [];
  return lensesOf(project, configs.keys(document), shown === 'all', Date.now()).map(lens => {
    const command = {
      title: plain(lens.title),
      command: lens.target === undefined ? '' : 'shipshape.showActions',
      arguments: [lens.target],
    };
    return new vscode.CodeLens(rangeOf(document, lens), command);
  });
}

function hoverAt(
  configs: OpenConfigs,
  document: vscode.TextDocument,
  position: vscode.Position,
): vscode.Hover | undefined {
  const project = configs.project(document);
  const offset = document.offsetAt(position);
  const key = configs.keys(document).find(({ start, end }) => start <= offset && offset <= end);
  const found = project && key && hovered(project, key);
  return (
    found && new vscode.Hover(factsMarkdown(found.title, undefined, found.facts), rangeOf(document, key))
  );
}

function rangeOf(document: vscode.TextDocument, { start, end }: Span): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
