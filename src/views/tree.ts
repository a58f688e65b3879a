import * as vscode from 'vscode';
import { join } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { share } from '../base/share.ts';
import type { Row } from '../words/row.ts';
import { themeIcon } from './icons.ts';
import { factsMarkdown } from './markdown.ts';

/**
 * Draws rows as a tree. The elements are keys, so a row that says something new is still the same element to VS Code,
 * which keeps expansion, selection and scrolling.
 */
export class RowTree implements vscode.TreeDataProvider<Key> {
  private readonly changes = new vscode.EventEmitter<Key | Key[] | undefined>();
  readonly onDidChangeTreeData = this.changes.event;

  private roots: readonly Row[] = [];
  private readonly rows = new Map<Key, Row>();
  private readonly parents = new Map<Key, Key>();

  /** How often VS Code was told to draw something again. */
  refreshes = 0;

  /** Shows these rows; only what differs from before is drawn again. */
  show(fresh: readonly Row[]): void {
    const before = this.roots;
    this.roots = share(before, fresh);
    if (this.roots === before) return;
    this.rows.clear();
    this.parents.clear();
    this.remember(this.roots);
    const changed = changedRows(before, this.roots);
    this.refreshes++;
    this.changes.fire(changed === 'all' ? undefined : changed);
  }

  /** The row behind a key, as it is shown now. */
  row(key: Key): Row | undefined {
    return this.rows.get(key);
  }

  get shown(): readonly Row[] {
    return this.roots;
  }

  getChildren(key?: Key): Key[] {
    const rows = key === undefined ? this.roots : (this.rows.get(key)?.children ?? []);
    return rows.map(row => row.key);
  }

  getParent(key: Key): Key | undefined {
    return this.parents.get(key);
  }

  getTreeItem(key: Key): vscode.TreeItem {
    const row = this.rows.get(key);
    // VS Code may ask for an element that went away between its question and ours.
    if (!row) return new vscode.TreeItem('');
    const item = new vscode.TreeItem(row.label, collapsible(row));
    item.id = key;
    item.description = row.description;
    item.iconPath = themeIcon(row.icon);
    item.contextValue = (row.abilities ?? []).join(' ');
    item.accessibilityInformation = { label: row.spoken ?? join([row.label, row.description], ', ') };
    if (row.more || row.open) {
      item.command = {
        command: row.more ? 'shipshape.loadMore' : 'shipshape.open',
        title: '',
        arguments: [key],
      };
    }
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, key: Key): vscode.TreeItem {
    const row = this.rows.get(key);
    item.tooltip = row && factsMarkdown(row.label, row.description, row.facts);
    return item;
  }

  private remember(rows: readonly Row[], parent?: Key): void {
    for (const row of rows) {
      this.rows.set(row.key, row);
      if (parent !== undefined) this.parents.set(row.key, parent);
      if (row.children) this.remember(row.children, row.key);
    }
  }
}

function collapsible({ children, expanded }: Row): vscode.TreeItemCollapsibleState {
  if (!children || children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return expanded ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

/**
 * The smallest set of rows to draw again: a row whose own text changed, or whose list of children did. `all` when the
 * roots came, went or moved.
 */
function changedRows(before: readonly Row[], fresh: readonly Row[]): Key[] | 'all' {
  if (before.length !== fresh.length) return 'all';
  const changed: Key[] = [];
  for (const [index, row] of fresh.entries()) {
    const old = before[index];
    if (old === row) continue;
    if (old?.key !== row.key) return 'all';
    const below = sameItself(old, row) ? changedRows(old.children ?? [], row.children ?? []) : 'all';
    if (below === 'all') changed.push(row.key);
    else changed.push(...below);
  }
  return changed;
}

/** Whether two rows differ only in what is below them. `share` made equal parts identical. */
function sameItself(old: Row, row: Row): boolean {
  const { children: oldChildren, ...oldRest } = old;
  const { children, ...rest } = row;
  if ((oldChildren?.length ?? 0) === 0 || (children?.length ?? 0) === 0) return false;
  return share(oldRest, rest) === oldRest;
}
