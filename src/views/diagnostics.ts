import * as vscode from 'vscode';
import { clean } from '../base/clean.ts';
import type { Finding, Fix } from '../base/finding.ts';
import { share } from '../base/share.ts';
import type { Disposable, WorkspaceState } from '../state/store.ts';
import { problemsOf } from '../words/problems.ts';
import type { OpenConfigs } from './configs.ts';

const SOURCE = 'Shipshape';

type Problem = ReturnType<typeof problemsOf>[number];

/** The Problems panel: findings at their file and line, and their fixes as quick fixes. */
export function showProblems(state: WorkspaceState, configs: OpenConfigs): Disposable {
  const collection = vscode.languages.createDiagnosticCollection('shipshape');
  let shown: Readonly<Record<string, readonly Problem[]>> = {};
  const update = (): void => {
    const before = shown;
    const byFile: Record<string, Problem[]> = {};
    for (const problem of problemsOf(state.now, configs.findings()))
      (byFile[problem.at.file] ??= []).push(problem);
    shown = share(before, byFile);
    // Only what differs: VS Code moves the others along with what is typed.
    const files = Object.keys({ ...before, ...shown }).filter(file => before[file] !== shown[file]);
    collection.set(files.map(file => [vscode.Uri.file(file), shown[file]?.map(diagnosticOf)]));
  };
  const fixes: vscode.CodeActionProvider = {
    provideCodeActions: ({ uri }, range) =>
      (shown[uri.fsPath] ?? []).flatMap(problem => {
        const { fix, at } = problem;
        const line = (at.line ?? 1) - 1;
        if (!fix || line < range.start.line || line > range.end.line) return [];
        return [quickFix(fix, diagnosticOf(problem))];
      }),
  };
  update();
  return vscode.Disposable.from(
    collection,
    state.onChange((now, before) => {
      if (now.projects !== before.projects) update();
    }),
    configs.onDidChange(update),
    vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, fixes, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
}

function diagnosticOf(problem: Problem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(rangeOf(problem), problem.text, SEVERITY[problem.severity]);
  diagnostic.source = SOURCE;
  diagnostic.code = problem.code;
  return diagnostic;
}

const SEVERITY: Readonly<Record<Finding['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
  ok: vscode.DiagnosticSeverity.Hint,
};

/** The whole line: findings know no column. What is open shows where its text begins. */
function rangeOf({ at: { file, line = 1 } }: Problem): vscode.Range {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file);
  const start = open && line <= open.lineCount ? open.lineAt(line - 1).firstNonWhitespaceCharacterIndex : 0;
  return new vscode.Range(line - 1, start, line - 1, Number.MAX_SAFE_INTEGER);
}

function quickFix(fix: Fix, diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const action = new vscode.CodeAction(clean(fix.title), vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.command = { command: 'shipshape.fix', title: fix.title, arguments: [fix] };
  return action;
}
