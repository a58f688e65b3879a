import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../../base/change.ts';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { keyOf, type Finding, type Key } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import { clockText, parseTime, type Instant } from '../../base/time.ts';
import { sha256 } from '../../base/digest.ts';
import { FileCache } from '../cache.ts';
import { incomparable } from '../compare.ts';
import type { Project, Snapshot, Stack } from '../model.ts';
import { FACTS_FILE, readFacts } from '../own.ts';
import { ownRoot, type Listing, type Place, type Rows, type Source } from '../source.ts';
import { listBackups, type Backup } from './backups.ts';
import { compareSloth } from './compare.ts';
import { readDatabase } from './database.ts';
import { readDocument } from './documents.ts';
import { journalOf, walOf } from './pages.ts';
import { migrationKey } from './migration-key.ts';
import { migrationScript } from './migration-script.ts';
import { OLD_TABLE } from './old-database.ts';
import { isVerification, readStacks } from './stacks.ts';
import type { Tables } from './tables.ts';
import { verifySnapshots } from './verify.ts';

const SNAPSHOTS_KEPT = 20_000;

/**
 * sloth-runner's stack databases, read as they lie there: also while it writes, and without touching anything. `storage`: where
 * our own facts go of a database that is not of the workspace.
 */
export function slothSource(
  cache = new FileCache(),
  now: () => Instant = Date.now,
  storage?: string,
): Source {
  const snapshots = new Map<string, Snapshot>();
  /** What was read last without trouble: shown on while a database cannot be read. */
  const lastGood = new Map<Key, { readonly stacks: readonly Stack[]; readonly at: Instant }>();
  const known = new Set<string>();
  const backups = new Map<string, Backup>();

  async function isOurs(file: string): Promise<boolean> {
    const { value, findings } = await readDatabase(
      file,
      tables => Promise.resolve(tables.has('stacks') || tables.has(OLD_TABLE)),
      new AbortController().signal,
    );
    // Of a file that cannot be read the name decides, and what it was before.
    const ours = value ?? (known.has(file) || path.basename(file) === 'stacks.db');
    if (findings.some(({ code }) => code === 'missing')) return false;
    if (ours) known.add(file);
    return ours;
  }

  return {
    tool: 'sloth-runner',

    async places({ folder, names, named = false }: Listing): Promise<Place[]> {
      const places: Place[] = [];
      for (const [name, kind] of names) {
        // Who names a file himself may call a database what he likes.
        if (kind === 'folder' || (!name.endsWith('.db') && !named)) continue;
        const file = path.join(folder, name);
        if (!(await isOurs(file))) continue;
        const isOutside = named && storage !== undefined;
        const own = isOutside ? path.join(storage, sha256(file).slice(0, 16)) : undefined;
        places.push(await placeOf(folder, file, own));
      }
      return places;
    },

    async read(place: Place, rows: Rows, signal: AbortSignal): Promise<Project> {
      const file = fileOf(place);
      const own = await readFacts(cache, ownRoot(place), 'sloth-runner');
      const { value, findings } = await readDatabase(
        file,
        async tables => {
          const memory = { known: snapshots, fresh: new Map<string, Snapshot>() };
          const stacks = await readStacks(place.key, { tables, file, rows, own, now: now(), signal }, memory);
          return { stacks, old: oldDatabase(tables, file), fresh: memory.fresh };
        },
        signal,
      );
      if (value) {
        if (snapshots.size > SNAPSHOTS_KEPT) snapshots.clear();
        for (const [id, snapshot] of value.fresh) snapshots.set(id, snapshot);
        lastGood.set(place.key, { stacks: value.stacks, at: now() });
        const kept = await readBackupFolder(place, backups);
        const project = projectOf(place, value.stacks, [...findings, ...value.old, ...kept.findings]);
        return { ...project, backups: kept.backups };
      }
      const good = lastGood.get(place.key);
      if (!good) return projectOf(place, [], findings);
      const showing = say('Showing what was read at {0}.', clean(clockText(good.at)));
      const explained = findings.map(each => ({ ...each, text: join([each.text, showing], ' ') }));
      return projectOf(place, good.stacks, explained);
    },

    async text(place: Place, key: Key, signal: AbortSignal): Promise<Clean> {
      const file = fileOf(place);
      if (isVerification(place.key, key)) {
        const verification = await verifySnapshots(place, file, key, signal);
        return JSON.stringify(verification) as Clean; // of clean texts and words of ours
      }
      const { value, findings } = await readDatabase(
        file,
        tables =>
          Promise.resolve(
            key === migrationKey(place.key)
              ? migrationScript(tables, file, whoHere())
              : readDocument({ tables, file, rows: {}, own: new Map(), now: now(), signal }, place.key, key),
          ),
        signal,
      );
      if (value !== undefined) return value;
      const reasons = join(
        findings.map(({ text }) => text),
        '\n',
      );
      return reasons || say('Nothing is recorded under this name any more.');
    },

    async compare(place: Place, a: Key, b: Key, signal: AbortSignal): Promise<Comparison> {
      const { value, findings } = await readDatabase(
        fileOf(place),
        tables => compareSloth(tables, place.key, [a, b], signal),
        signal,
      );
      return value ?? incomparable(...findings.map(({ text }) => text));
    },
  };
}

/** `own`: the folder of our own facts, where that is not the database's. */
async function placeOf(folder: string, file: string, own?: string): Promise<Place> {
  // SQLite keeps its log and its journal beside what a link leads to.
  const real = await realpath(file).catch(() => file);
  return {
    tool: 'sloth-runner',
    key: keyOf('sloth-runner', file),
    root: folder,
    files: [file],
    ...(own !== undefined && { own }),
    watch: [
      ...new Set([file, real].flatMap(each => [each, walOf(each), journalOf(each)])),
      path.join(own ?? folder, FACTS_FILE),
    ],
  };
}

function fileOf({ files, root }: Place): string {
  return files[0] ?? root; // a place of this source has one file
}

function projectOf(place: Place, stacks: readonly Stack[], findings: readonly Finding[]): Project {
  const file = fileOf(place);
  return {
    key: place.key,
    tool: 'sloth-runner',
    name: nameOf(file),
    root: place.root,
    source: { file },
    environments: [],
    services: [],
    stacks,
    servers: [],
    resources: [],
    facts: [{ name: say('Database'), value: clean(file) }],
    findings,
  };
}

/** The backups of a database; those that are `known` are not read again. */
async function readBackupFolder(
  place: Place,
  known: Map<string, Backup>,
): Promise<Required<Pick<Project, 'backups' | 'findings'>>> {
  const { backups, damaged } = await listBackups(ownRoot(place), path.basename(fileOf(place)), known);
  const text = say('The manifest of a backup is damaged, or a newer one.');
  return {
    backups: backups.map(({ id, kind, stack, name, version, at, by, reason, compressed }) => ({
      id: clean(id),
      stack: clean(stack),
      name: clean(name),
      by: clean(by),
      reason: clean(reason),
      kind,
      version,
      at: parseTime(at),
      bytes: compressed.bytes,
    })),
    findings: damaged.map(file => ({ severity: 'warning', code: 'damaged-backup', text, at: { file } })),
  };
}

/** The usual names say nothing; their folder does. */
function nameOf(file: string): Clean {
  const name = path.basename(file, '.db');
  const folder = path.basename(path.dirname(file));
  return clean(['stacks', 'state'].includes(name) && folder ? `${folder}/${name}` : name);
}

/** What there is to say about a database of versions before stacks. */
function oldDatabase(tables: Tables, file: string): Finding[] {
  if (tables.has('stacks')) return [];
  const [row] = tables.query(OLD_TABLE, `SELECT count(*) AS workflows FROM ${OLD_TABLE}`);
  const text = say(
    "sloth-runner's old state database with {0} workflows. Its newer versions keep stacks in stacks.db.",
    Number(row?.workflows ?? 0),
  );
  return [{ severity: 'info', code: 'old-database', text, at: { file } }];
}
