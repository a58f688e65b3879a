import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import type { Project } from '../state/model.ts';
import { migrationKey } from '../state/sloth/migration-key.ts';
import { projectName } from '../words/names.ts';
import { isOldDatabase } from '../words/old-database.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { pickProject } from './pick.ts';
import { subjectOf } from './subject.ts';

/** Asks which old database is migrated, and where to. */
export async function askForMigration(desk: Desk, key?: Key): Promise<Request | undefined> {
  const project = await oldDatabase(desk, key);
  const place = project && desk.state.place(project.key);
  const target = project?.source && (await pickTarget(desk, project.source.file));
  return target === undefined ? undefined : { operation: 'sloth.migrate', input: { place, target } };
}

/** Opens the script that does the same, for a person to read, change and run. */
export async function showMigrationScript(desk: Desk, key?: Key): Promise<void> {
  const project = await oldDatabase(desk, key);
  if (!project) return;
  const content = await desk.state.text(migrationKey(project.key), new AbortController().signal);
  const document = await vscode.workspace.openTextDocument({ language: 'sql', content });
  await vscode.window.showTextDocument(document);
}

async function oldDatabase(desk: Desk, key: Key | undefined): Promise<Project | undefined> {
  const known = subjectOf(desk.state.now, key)?.project;
  return known ?? pickProject(desk, say('Migrate which old state database?'), isOldDatabase);
}

async function pickTarget({ state: { now } }: Desk, old: string): Promise<string | undefined> {
  const known = now.projects.flatMap(project =>
    project.tool === 'sloth-runner' && project.source && !isOldDatabase(project)
      ? [{ label: plain(projectName(now, project)), description: plain(clean(project.source.file)) }]
      : [],
  );
  const beside = path.join(path.dirname(old), 'stacks.db');
  const isKnown = known.some(({ description }) => description === beside);
  const items = [
    ...known,
    ...(isKnown ? [] : [{ label: say('New database beside it'), description: beside }]),
  ];
  return (await vscode.window.showQuickPick(items, { title: say('Migrate into') }))?.description;
}
