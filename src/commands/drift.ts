import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import { nameIn, type Key } from '../base/finding.ts';
import { dayText, parseTime } from '../base/time.ts';
import type { Actual } from '../edit/sloth/actual.ts';
import type { OnDrift } from '../edit/sloth/drift.ts';
import type { Request } from '../operations/operation.ts';
import type { Stack } from '../state/model.ts';
import { driftKey } from '../state/sloth/drift.ts';
import { plain } from '../words/plain.ts';
import type { ChangeCommand } from './changes.ts';
import type { Desk } from './desk.ts';
import { ask } from './pick.ts';
import { pickSnapshot, pickStack } from './pick-stack.ts';
import { onSeenDrift, seenDrift, type Ignoring } from './service-drift.ts';
import { onStack } from './stacks.ts';
import { subjectOf } from './subject.ts';

/** The commands about resources that differ from their record. Nothing outside of the database changes. */
export const DRIFT_CHANGES: Readonly<Record<string, ChangeCommand>> = {
  'shipshape.checkDrift': {
    action: () => say('Record'),
    ask: (desk, key) =>
      onStack(desk, key, say('Check for drift'), async (stack, input) => {
        const actual = await pickActual(stack);
        return actual && { operation: 'sloth.detect-drift', input: { ...input, actual } };
      }),
  },
  'shipshape.resolveDrift': {
    action: () => say('Resolve'),
    ask: (desk, key) =>
      onDrift(desk, key, input => ({
        operation: 'sloth.resolve-drift',
        input: { ...input, status: 'resolved' },
      })),
  },
  'shipshape.reopenDrift': {
    action: () => say('Reopen'),
    ask: async (desk, key) =>
      (await onSeenDrift(desk, key, 'reopen')) ??
      onDrift(desk, key, input => ({
        operation: 'sloth.resolve-drift',
        input: { ...input, status: 'pending' },
      })),
  },
  'shipshape.ignoreDrift': {
    action: () => say('Ignore'),
    ask: (desk, key) =>
      seenDrift(desk.state.now, key)
        ? onSeenDrift(desk, key, 'ignore', askUntil)
        : onDrift(desk, key, async input => {
            const ignoring = await askUntil();
            return ignoring && { operation: 'sloth.ignore-drift', input: { ...input, ...ignoring } };
          }),
  },
  'shipshape.adoptDrift': {
    action: () => say('Adopt'),
    ask: async (desk, key) =>
      (await onSeenDrift(desk, key, 'adopt')) ??
      onDrift(desk, key, input => ({ operation: 'sloth.adopt-drift', input })),
  },
};

const MONTH = 30 * 24 * 60 * 60 * 1000;

async function askUntil(): Promise<Ignoring | undefined> {
  const day = await ask(
    say('Ignore drift'),
    say('The last day on which it is ignored'),
    dayText(Date.now() + MONTH),
    text =>
      /^\d{4}-\d\d-\d\d$/.test(text) && parseTime(text) !== undefined
        ? undefined
        : say('A day, like {0}', clean(dayText(Date.now()))),
  );
  const reason =
    day && (await ask(say('Ignore drift until {0}', clean(day)), say('Why it is left as it is')));
  if (!day || !reason) return undefined;
  return { until: new Date(`${day.trim()}T23:59:59`).getTime(), reason }; // where the person is
}

async function onDrift(
  { state }: Desk,
  key: Key | undefined,
  make: (input: OnDrift) => Request | Promise<Request | undefined>,
): Promise<Request | undefined> {
  const subject = subjectOf(state.now, key);
  const place = subject && state.place(subject.project.key);
  if (!place || !subject.drift) return undefined;
  return make({ place, detection: Number(nameIn(subject.drift.key)) });
}

/** Lets a person choose what the record is compared with. */
async function pickActual(stack: Stack): Promise<Actual | undefined> {
  const editor = vscode.window.activeTextEditor;
  const form = say('Properties by resource id or type/name');
  const snapshot = {
    label: say('A snapshot, against what is recorded now'),
    pick: async (): Promise<Actual | undefined> => {
      const picked = await pickSnapshot(stack, say('What has changed in {0} since', stack.name));
      return picked && { source: 'snapshot', version: picked.version };
    },
  };
  const items = [
    ...(stack.snapshots.length > 0 ? [snapshot] : []),
    { label: say('A JSON file…'), detail: form, pick: () => pickFile(stack.name) },
    ...(editor
      ? [
          {
            label: say('The text of {0}', nameOf(editor.document)),
            detail: form,
            pick: () => Promise.resolve(given(editor.document)),
          },
        ]
      : []),
  ];
  const title = say('Where do the actual values of {0} come from?', stack.name);
  return (await vscode.window.showQuickPick(items, { title }))?.pick();
}

async function pickFile(stack: Clean): Promise<Actual | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: say('The actual properties of the resources of {0}', stack),
      openLabel: say('Compare'),
      filters: { JSON: ['json'] },
    })) ?? [];
  return file && given(await vscode.workspace.openTextDocument(file));
}

function given(document: vscode.TextDocument): Actual {
  return { source: 'json', name: nameOf(document), text: document.getText() };
}

function nameOf({ uri }: vscode.TextDocument): Clean {
  return clean(path.posix.basename(uri.path));
}

/** Copies what was found as sloth-runner's program prints it. */
export async function copyDrift({ state }: Desk, key?: Key): Promise<void> {
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, say('Copy the drift of'))));
  if (!subject?.stack) return;
  await vscode.env.clipboard.writeText(
    await state.text(driftKey(subject.stack.key), new AbortController().signal),
  );
  void vscode.window.showInformationMessage(
    plain(say('The drift of {0} is on the clipboard. Secrets are masked in it.', subject.stack.name)),
  );
}
