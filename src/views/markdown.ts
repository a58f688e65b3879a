import * as vscode from 'vscode';
import type { Clean } from '../base/clean.ts';
import type { Fact } from '../state/model.ts';

/** Values come from files that anybody may have written: text only, nothing trusted, no links, no images. */
export function factsMarkdown(
  title: Clean,
  description: Clean | undefined,
  facts: readonly Fact[] = [],
): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = false;
  text.supportHtml = false;
  text.appendMarkdown('**').appendText(title).appendMarkdown('**');
  if (description) text.appendMarkdown('  \n').appendText(description);
  for (const [index, { name, value }] of facts.entries()) {
    text.appendMarkdown(index === 0 ? '\n\n' : '  \n');
    text.appendText(name).appendMarkdown(': ').appendText(value);
  }
  return text;
}
