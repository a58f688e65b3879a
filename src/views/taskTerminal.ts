import * as vscode from 'vscode';
import type { Clean } from '../base/clean.ts';
import { plain } from '../words/plain.ts';
import type { RunLine, Tone } from '../words/run-lines.ts';

/** What comes in front: a colour of the theme's own, and for what a server printed only a step further in. */
const FRONTS: Readonly<Record<Tone, string>> = {
  title: '\u001b[1m',
  step: '\u001b[36m',
  output: '  ',
  line: '',
  failed: '\u001b[31m',
  good: '\u001b[32m',
};
const PLAIN = '\u001b[0m';
const INTERRUPT = '\u0003';

/**
 * A terminal that shows what runs here as a task of the editor, and stays after its end. Only clean texts come in, so nothing
 * from a server can move the cursor or set a title.
 */
export class TaskTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number>();
  private readonly opened: Promise<void>;
  private isOpen = (): void => undefined;
  private isOver = false;
  private readonly onCancel: () => void;
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;

  /** `onCancel`: the person pressed Ctrl+C or closed the terminal before the end. */
  constructor(onCancel: () => void) {
    this.onCancel = onCancel;
    this.opened = new Promise(resolve => (this.isOpen = resolve));
  }

  /** Starts it as a task, and returns when it shows. The same title uses the terminal of an earlier one again. */
  async start(title: Clean): Promise<void> {
    const task = new vscode.Task(
      { type: 'shipshape', title },
      vscode.TaskScope.Workspace,
      plain(title),
      'Shipshape',
      new vscode.CustomExecution(() => Promise.resolve(this)),
    );
    task.presentationOptions = {
      reveal: vscode.TaskRevealKind.Always,
      panel: vscode.TaskPanelKind.Dedicated,
      focus: false,
      echo: false,
      showReuseMessage: false,
      clear: true,
    };
    await vscode.tasks.executeTask(task);
    await this.opened;
  }

  /** Shows it without a task: nothing ends but by the person. Returns when it shows, before which nothing could be written. */
  async show(name: Clean, iconPath: vscode.ThemeIcon): Promise<void> {
    vscode.window.createTerminal({ name, pty: this, iconPath, isTransient: true }).show();
    await this.opened;
  }

  /** What comes after the end is not shown any more. */
  write({ text, tone }: RunLine): void {
    this.written.fire(`${FRONTS[tone]}${text.replaceAll('\n', '\r\n')}${PLAIN}\r\n`);
  }

  /** Nothing more comes. The terminal stays as it is, with its exit code. */
  end(code: number): void {
    this.isOver = true;
    this.closed.fire(code);
  }

  open(): void {
    this.isOpen();
  }

  handleInput(keys: string): void {
    if (!this.isOver && keys.includes(INTERRUPT)) this.onCancel();
  }

  close(): void {
    // A window that closes closes its terminals, too, and is gone before this: then what runs on a server goes on.
    setTimeout(() => {
      if (!this.isOver) this.onCancel();
    }, 500);
  }
}
