import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { verificationKey } from '../state/sloth/stacks.ts';
import type { Verification } from '../state/sloth/verify.ts';
import { isDamaged, verificationDocument, verificationSummary } from '../words/verification.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { pickProject } from './pick.ts';
import { subjectOf } from './subject.ts';

/** Looks at every snapshot of a stack, or of all stacks of a database, and says which are damaged. */
export async function verifySnapshots(desk: Desk, key?: Key): Promise<void> {
  const title = say('Verify snapshots');
  const subject = subjectOf(desk.state.now, key);
  const of =
    subject?.stack ?? subject?.project ?? (await pickProject(desk, title, each => each.stacks.length > 0));
  if (!of) return;
  const verification = await inProgress(desk, verificationKey(of.key));
  if (!verification) return;
  await desk.documents.show(verificationDocument(verification), title);
  const isWhole = verification.problems.length === 0 && !verification.snapshots.some(isDamaged);
  const tell = isWhole ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  void tell(plain(verificationSummary(verification)));
}

/** `undefined` when the person has had enough. */
function inProgress({ state }: Desk, key: Key): Thenable<Verification | undefined> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: say('Verifying snapshots'), cancellable: true },
    async (_, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      try {
        return JSON.parse(await state.text(key, controller.signal)) as Verification; // what the key stands for
      } catch (error) {
        if (controller.signal.aborted) return undefined;
        throw error;
      }
    },
  );
}
