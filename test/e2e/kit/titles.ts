import { readManifest } from '../../../scripts/manifest.mjs';
import { recordCommand } from '../../kit/commands.ts';

const { commands } = readManifest();

/** Notes that a test ran the command of this title, which may have its keys behind it: by a click or from the palette. */
export function recordTitle(text: string): void {
  for (const { command, title } of commands) {
    if (text === title || text.startsWith(`${title} (`)) recordCommand(command);
  }
}
