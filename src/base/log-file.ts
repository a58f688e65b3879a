import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { say, type Clean } from './clean.ts';
import { told } from './errors.ts';
import { utcText, type Instant } from './time.ts';

/** As many logs are kept in a folder, and as many characters of each. */
const KEPT = 100;
const LIMIT = 5_000_000;

/**
 * A file that grows line by line while something runs. Lines may come faster than the disk takes them; what cannot be written
 * is told at the end, because a log is no reason to stop what it tells of.
 */
export class LogFile {
  readonly file: string;
  private written = 0;
  private waiting: Clean[] = [];
  private writing: Promise<void>;
  private failure: Error | undefined;

  /** `name`: what it tells of, for a person who looks through the folder. */
  constructor(folder: string, name: Clean, now: Instant) {
    const words = name.replace(/[^\p{L}\p{N}.]+/gu, '-').slice(0, 80);
    this.file = path.join(folder, `${utcText(now).replaceAll(':', '-')}-${words}.log`);
    this.writing = this.guarded(async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await forget(folder);
      const handle = await open(this.file, NEW, 0o600);
      await handle.close();
    });
  }

  add(line: Clean): void {
    if (this.written > LIMIT) return;
    this.written += line.length + 1;
    this.waiting.push(this.written > LIMIT ? say('… The log is too long; the rest is not kept.') : line);
    if (this.waiting.length === 1) this.writing = this.writing.then(() => this.guarded(() => this.flush()));
  }

  /** Returns when everything is on the disk. Rejects where something could not be written. */
  async end(): Promise<void> {
    await this.writing;
    if (this.failure) throw this.failure;
  }

  private async flush(): Promise<void> {
    const lines = this.waiting;
    this.waiting = [];
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.file, 'a');
      await handle.appendFile(lines.map(line => `${line}\n`).join(''));
      await handle.datasync();
    } finally {
      await handle?.close();
    }
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await told(this.file, work);
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}

const NEW = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** Their names begin with their time. */
async function forget(folder: string): Promise<void> {
  const logs = (await readdir(folder)).filter(name => name.endsWith('.log')).sort();
  for (const name of logs.slice(0, Math.max(0, logs.length - KEPT + 1)))
    await rm(path.join(folder, name), { force: true });
}
