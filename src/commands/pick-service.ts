import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { plain } from '../words/plain.ts';
import { serviceHealth } from '../words/services.ts';
import type { Desk } from './desk.ts';
import { targetFor, type Target } from './pick-environment.ts';
import { subjectOf } from './subject.ts';

export interface ServiceTarget extends Target {
  readonly service: Clean;
}

/** The service of a row, or one of an environment that a person picks. */
export async function serviceFor(
  desk: Desk,
  key: Key | undefined,
  title: Clean,
): Promise<ServiceTarget | undefined> {
  const hasServices: Parameters<typeof targetFor>[3] = ({ services }, { name }) =>
    services.some(({ environment }) => environment === name);
  const target = await targetFor(desk, key, title, hasServices);
  if (!target) return undefined;
  const { service } = subjectOf(desk.state.now, key) ?? {};
  if (service) return { ...target, service: service.name };
  const { project, environment } = target;
  const items = project.services
    .filter(each => each.environment === environment.name)
    .map(each => ({
      label: plain(each.name),
      description: plain(serviceHealth(each).words),
      name: each.name,
    }));
  const picked =
    items.length === 1
      ? items[0]
      : await vscode.window.showQuickPick(items, { title, placeHolder: say('Service') });
  return picked && { ...target, service: picked.name };
}
