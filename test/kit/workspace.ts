import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFiles, type Files } from './files.ts';

const SAMPLES = path.join(import.meta.dirname, '..', 'samples');

/** A temporary folder. */
export interface Workspace {
  readonly root: string;
  /** An absolute path inside it. */
  readonly file: (...parts: readonly string[]) => string;
  readonly write: (files: Files) => void;
  /** Copies a sample to the path where its tool has it, below `folder`, and returns that path. */
  readonly sample: (name: string, folder?: string) => string;
}

/**
 * Makes a temporary folder. `whenDone` takes what removes it: `workspace(onTestFinished)`, `workspace(afterAll)`.
 */
export function workspace(whenDone: (remove: () => void) => void): Workspace {
  const root = mkdtempSync(path.join(os.tmpdir(), 'shipshape-'));
  whenDone(() => rmSync(root, { recursive: true, force: true }));
  return {
    root,
    file: (...parts) => path.join(root, ...parts),
    write: files => writeFiles(root, files),
    sample: (name, folder = '.') => copySample(name, path.join(root, folder)),
  };
}

/** What is not listed keeps its name: the SQLite databases, inventories, configurations. */
const NATURAL_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^stagecraft\/(bad\/)?releases\./, '.stagecraft/releases.json'],
  [/^stagecraft\/stagecraft\./, 'stagecraft.yml'],
  [/^stagecraft\/rendered\.prod\./, '.stagecraft/rendered/prod/docker-compose.yml'],
  [/^ftl2\/go-ftl2\.state\.json$/, 'state.json'],
  [/^ftl2\/bad\//, '.ftl2-state.json'],
  [/^tako-yaml\//, 'tako.yaml'],
];

function copySample(name: string, folder: string): string {
  const source = path.join(SAMPLES, name);
  if (name.startsWith('tako/')) return copyTako(source, folder);
  const natural = NATURAL_NAMES.find(([pattern]) => pattern.test(name))?.[1];
  const target = path.join(folder, natural ?? path.basename(name));
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(source, target);
  return target;
}

/** `name` is the folder with a `.tako/` in it. Brings back what Git would not have kept. */
function copyTako(source: string, folder: string): string {
  const target = path.join(folder, '.tako');
  cpSync(path.join(source, '.tako'), target, { recursive: true });
  renameSync(path.join(target, 'gitignore.txt'), path.join(target, '.gitignore'));
  for (const each of [...EMPTY, ...(source.includes('v0.0.1') ? EMPTY_FIRST : EMPTY_SECOND)]) {
    mkdirSync(path.join(target, each), { recursive: true });
  }
  for (const environment of readdirSync(path.join(target, 'deployments'))) {
    mkdirSync(path.join(target, 'deployments', environment, 'rollback'), { recursive: true });
  }
  return target;
}

const EMPTY = [
  'builds/artifacts',
  'builds/cache',
  'config/networks',
  'services',
  'logs/builds',
  'logs/errors',
];
const EMPTY_FIRST = ['config/traefik', 'swarm'];
const EMPTY_SECOND = ['config/proxy', 'takod'];
