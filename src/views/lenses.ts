import * as vscode from 'vscode';
import type { Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Project } from '../state/model.ts';
import type { OutlinedKey } from '../state/outline.ts';
import { environmentLens, hovered, serviceLens } from '../words/lenses.ts';
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
    pattern: '**/{tako.yaml,tako.yml,tako.json,stagecraft.yml,stagecraft.yaml}',
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
      provideCodeLenses: document => lensesOf(configs, document),
    }),
    vscode.languages.registerHoverProvider(files, {
      provideHover: (document, position) => hoverAt(configs, document, position),
    }),
  );
}

function lensesOf(configs: OpenConfigs, document: vscode.TextDocument): vscode.CodeLens[] {
  const shown = vscode.workspace.getConfiguration('shipshape', document).get<string>('codeLens');
  const project = configs.project(document);
  if (!project || shown === 'off') return [];
  const now = Date.now();
  const keys = configs.keys(document);
  const starts = keys.map(({ start }) => start);
  return keys.flatMap(key => {
    if (key.service !== undefined && (shown !== 'all' || key.environment === undefined)) return [];
    const isShared = starts.indexOf(key.start) !== starts.lastIndexOf(key.start);
    const { title, target } = lensOf(project, key, isShared, now);
    const command = {
      title: title.replaceAll('$(', '$ ('), // no icons from files
      command: target === undefined ? '' : 'shipshape.showActions',
      arguments: [target],
    };
    return [new vscode.CodeLens(rangeOf(document, key), command)];
  });
}

function lensOf(
  { environments, services }: Project,
  key: OutlinedKey,
  isShared: boolean,
  now: number,
): { readonly title: Clean; readonly target: Key | undefined } {
  const environment = environments.find(({ name }) => name === key.environment);
  if (key.service === undefined)
    return { title: environmentLens(environment, key.difference, now), target: environment?.key };
  const service = services.find(each => each.name === key.service && each.environment === key.environment);
  return { title: serviceLens(service, environment, isShared, now), target: service?.key };
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

function rangeOf(document: vscode.TextDocument, { start, end }: OutlinedKey): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
