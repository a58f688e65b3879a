import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Disposable } from '../state/store.ts';
import type { Scheduled } from '../upgrade/schedule.ts';
import { moment } from '../words/ages.ts';
import { plain } from '../words/plain.ts';
import { scheduledWords } from '../words/scheduled.ts';

const KEY = 'scheduledUpgrade';
const CONTEXT = 'shipshape.hasScheduledUpgrade';

/** The one upgrade that is scheduled here: kept over a reload, shown in the status bar. */
export class ScheduledUpgrade implements Disposable {
  private readonly memory: vscode.Memento;
  private readonly item = vscode.window.createStatusBarItem(
    'shipshape.scheduled',
    vscode.StatusBarAlignment.Left,
  );

  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  /** `memory`: of this workspace. No other window of the machine has the same, so none of them starts it, too. */
  constructor(memory: vscode.Memento) {
    this.memory = memory;
    this.item.name = say('Shipshape: scheduled upgrade');
    this.item.command = 'shipshape.cancelScheduledUpgrade';
    this.show();
  }

  get value(): Scheduled | undefined {
    return this.memory.get<Scheduled>(KEY); // written below
  }

  async set(value: Scheduled | undefined): Promise<void> {
    await this.memory.update(KEY, value);
    this.show();
    this.changed.fire();
  }

  dispose(): void {
    this.item.dispose();
    this.changed.dispose();
  }

  private show(): void {
    const { value } = this;
    void vscode.commands.executeCommand('setContext', CONTEXT, value !== undefined);
    if (!value) {
      this.item.hide();
      return;
    }
    const { name, to, at } = value;
    this.item.text = `$(watch) ${plain(say('{0} to {1}: {2}', name, clean(to), moment(at)))}`;
    this.item.tooltip = scheduledWords(value);
    this.item.accessibilityInformation = { label: scheduledWords(value), role: 'button' };
    this.item.show();
  }
}
