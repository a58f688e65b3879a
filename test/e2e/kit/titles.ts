import { recordCommand } from '../../kit/commands.ts';
import { readManifest } from '../../../scripts/manifest.mjs';

const { commands } = readManifest();

/** Notes that a test ran the command of this title, by a click or from the palette. */
export function recordTitle(title: string): void {
  commands.filter(command => command.title === title).forEach(({ command }) => recordCommand(command));
}
