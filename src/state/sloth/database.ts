import { clean, join, say, type Clean } from '../../base/clean.ts';
import { isUnreadable, type Unreadable } from '../../base/files.ts';
import type { Finding } from '../../base/finding.ts';
import { unreadableFinding } from '../cache.ts';
import { openEngine, SqliteError } from './engine.ts';
import { journalOf, openPages, walOf, type Pages } from './pages.ts';
import { Tables } from './tables.ts';
import { whileNotWritten } from './turns.ts';

/** What was read of a database. Without `value` there is nothing to show of it; the findings say why. */
export interface DatabaseReading<T> {
  readonly value?: T;
  readonly findings: readonly Finding[];
}

const TRIES = 16;
const PAUSE_MS = 15;

/**
 * Opens a database, reads from it and closes it again, so that no handle and no page is kept between two readings. What
 * was read while a checkpoint moved pages under it is thrown away and read again.
 */
export function readDatabase<T>(
  file: string,
  read: (tables: Tables) => Promise<T>,
  signal: AbortSignal,
): Promise<DatabaseReading<T>> {
  return whileNotWritten(file, () => readInPeace(file, read, signal));
}

async function readInPeace<T>(
  file: string,
  read: (tables: Tables) => Promise<T>,
  signal: AbortSignal,
): Promise<DatabaseReading<T>> {
  for (let tries = 1; tries <= TRIES; tries++) {
    signal.throwIfAborted();
    const pages = await openPages(file);
    if (isUnreadable(pages)) return { findings: [unreadableFinding(file, pages)] };
    try {
      const reading = await readPages(file, pages, read);
      if (await pages.isWhole()) {
        return { ...reading, findings: [...findingsBeside(file, pages), ...reading.findings] };
      }
    } finally {
      await pages.close();
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS * tries));
  }
  const text = say(
    'It is being written all the time and could not be read in one piece. Refresh in a moment.',
  );
  return { findings: [{ severity: 'warning', code: 'being-written', text, at: { file } }] };
}

async function readPages<T>(
  file: string,
  pages: Pages,
  read: (tables: Tables) => Promise<T>,
): Promise<DatabaseReading<T>> {
  if (pages.length === 0) return { findings: [damage(file, 'empty', say('The file is empty.'))] };
  if (!pages.isDatabase) return { findings: [damage(file, 'no-database', say('Not an SQLite database.'))] };
  let engine;
  try {
    engine = await openEngine(pages);
    const tables = new Tables(engine, file);
    const value = await read(tables);
    return { value, findings: tables.findings };
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error;
    const text = say('The database is damaged or cannot be read: {0}.', clean(error.message));
    return { findings: [damage(file, 'damaged-database', text)] };
  } finally {
    engine?.close();
  }
}

function findingsBeside(file: string, { leftOut, halfWritten }: Pages): Finding[] {
  const findings: Finding[] = [];
  if (halfWritten === 'undone') {
    const text = say(
      'A write was begun and is not finished. It does not count and is left out, as sloth-runner will do.',
    );
    findings.push({ severity: 'info', code: 'half-written', text, at: { file: journalOf(file) } });
  } else if (halfWritten) {
    findings.push(
      unread(journalOf(file), halfWritten, say('What is shown may be in the middle of a change.')),
    );
  }
  if (leftOut === 'foreign') {
    const text = say('This log is of another database and was left out.');
    findings.push({ severity: 'warning', code: 'foreign-log', text, at: { file: walOf(file) } });
  } else if (leftOut) {
    findings.push(unread(walOf(file), leftOut, say('What is shown lacks the newest changes.')));
  }
  return findings;
}

function unread(file: string, why: Unreadable, consequence: Clean): Finding {
  const finding = unreadableFinding(file, why);
  return { ...finding, text: join([finding.text, consequence], ' ') };
}

function damage(file: string, code: string, text: Clean): Finding {
  return { severity: 'error', code, text, at: { file } };
}
