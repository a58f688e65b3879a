import { appendFileSync } from 'node:fs';

/** Notes that a test ran a command. `npm test` says in the end which contributed commands no test ran. */
export function recordCommand(id: string): void {
  const file = process.env.SHIPSHAPE_COMMANDS_RUN;
  if (file) appendFileSync(file, `${id}\n`);
}
