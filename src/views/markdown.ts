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
  text.appendMarkdown('**');
  append(text, title);
  text.appendMarkdown('**');
  if (description) append(text.appendMarkdown('  \n'), description);
  for (const [index, { name, value }] of facts.entries()) {
    append(text.appendMarkdown(index === 0 ? '\n\n' : '  \n'), name);
    append(text.appendMarkdown(': '), value);
  }
  return text;
}

/** What looks like an address of the web or of mail would become a link, also in escaped text. */
const LINKED = /(@|:(?=\/\/)|(?<=www)\.)/i;

function append(text: vscode.MarkdownString, value: Clean): void {
  for (const [index, part] of value.split(LINKED).entries()) {
    const isSeparator = index % 2 === 1;
    if (isSeparator) text.appendMarkdown(`&#${part.charCodeAt(0)};`);
    else text.appendText(part);
  }
}
