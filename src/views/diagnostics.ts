import * as vscode from 'vscode';
import { clean } from '../base/clean.ts';
import type { Finding, Fix } from '../base/finding.ts';
import type { Disposable, WorkspaceState } from '../state/store.ts';
import { problemsOf } from '../words/problems.ts';

const SOURCE = 'Shipshape';

type Problem = ReturnType<typeof problemsOf>[number];

/** The Problems panel: findings at their file and line, and their fixes as quick fixes. */
export function showProblems(state: WorkspaceState): Disposable {
  const collection = vscode.languages.createDiagnosticCollection('shipshape');
  let problems: readonly Problem[] = [];
  const update = (): void => {
    problems = problemsOf(state.now);
    const byFile = new Map<string, Problem[]>();
    for (const problem of problems) {
      const group = byFile.get(problem.at.file);
      if (group) group.push(problem);
      else byFile.set(problem.at.file, [problem]);
    }
    collection.clear();
    for (const [file, group] of byFile) collection.set(vscode.Uri.file(file), group.map(diagnosticOf));
  };
  const fixes: vscode.CodeActionProvider = {
    provideCodeActions: ({ uri }, range) =>
      problems.flatMap(problem => {
        const { at, fix } = problem;
        if (!fix || at.file !== uri.fsPath || !rangeOf(problem).intersection(range)) return [];
        return [quickFix(fix, diagnosticOf(problem))];
      }),
  };
  update();
  return vscode.Disposable.from(
    collection,
    state.onChange((now, before) => {
      if (now.projects !== before.projects) update();
    }),
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

/** The whole line: findings know no column. */
function rangeOf({ at: { line = 1 } }: Problem): vscode.Range {
  return new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
}

function quickFix(fix: Fix, diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const action = new vscode.CodeAction(clean(fix.title), vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.command = { command: 'shipshape.fix', title: fix.title, arguments: [fix] };
  return action;
}
