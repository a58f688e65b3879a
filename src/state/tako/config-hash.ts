import { execFile } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import type { Fields } from '../../base/fields.ts';
import { CONFIG_LIMIT } from '../../base/files.ts';
import { ConfigText } from './config-text.ts';
import { CONFIG_NAMES } from './config.ts';

/**
 * The hash of what an environment is configured to be: `sha256:` and 64 digits. `undefined` where the text is no
 * configuration or does not have the environment.
 *
 * Hashed is JSON in UTF-8 without spaces: the document with aliases and merges resolved, names sorted by their bytes, without
 * comments and `$schema`; of `environments` only this one, of `servers` those it names, or all where it names none. A
 * variable is its name, `${NAME}`: no secret comes near the hash, and another value is not another configuration. Numbers
 * count by their value, only `project.version` as it is written: 1.10 is not 1.1.
 */
export function configHash(text: string, environment: string): string | undefined {
  const config = ConfigText.of({ text, report: () => undefined }, { lookup: () => undefined, secrets: [] });
  const root = config?.fields();
  const environments = root?.object('environments');
  if (!config || !root || !environments?.names.includes(environment)) return undefined;
  const named = environments.object(environment).items('servers');
  const servers = root.object('servers');
  const project = root.object('project');
  const version = config.numberText(['project', 'version']) ?? project.raw('version');
  const hash = createHash('sha256');
  feed(hash, {
    ...membersOf(
      root,
      root.names.filter(name => name !== '$schema'),
    ),
    ...(root.has('project') && { project: { ...membersOf(project, project.names), version } }),
    ...(root.has('servers') && {
      servers: membersOf(
        servers,
        servers.names.filter(name => named.length === 0 || named.includes(name)),
      ),
    }),
    environments: { [environment]: environments.raw(environment) },
  });
  return `sha256:${hash.digest('hex')}`;
}

function membersOf(fields: Fields, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map(name => [name, fields.raw(name)]));
}

/** Piece by piece: what aliases share is written out each time. */
function feed(hash: Hash, value: unknown): void {
  if (Array.isArray(value)) {
    hash.update('[');
    for (const [index, each] of value.entries()) {
      if (index > 0) hash.update(',');
      feed(hash, each);
    }
    hash.update(']');
  } else if (typeof value === 'object' && value !== null) {
    hash.update('{');
    const members = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const [index, [name, each]] of members.entries()) {
      hash.update(`${index > 0 ? ',' : ''}${JSON.stringify(name)}:`);
      feed(hash, each);
    }
    hash.update('}');
  } else hash.update(JSON.stringify(value ?? null));
}

export type Comparison = 'same' | 'differs' | 'unknown';

/** Whether a recorded hash was made as {@link configHash} makes it. */
export function isConfigHash(hash: unknown): hash is string {
  return typeof hash === 'string' && /^sha256:[0-9a-f]{64}$/.test(hash);
}

/**
 * Whether an environment was deployed with the configuration as it is now. The released program records no hash; then the
 * configuration at the recorded commit is compared, which `textAt` gives.
 */
export async function compareConfig(
  recorded: { readonly configHash?: string; readonly commit?: string },
  text: string,
  environment: string,
  textAt: (commit: string) => Promise<string | undefined>,
): Promise<Comparison> {
  const now = configHash(text, environment);
  if (now === undefined) return 'unknown';
  let then = recorded.configHash;
  if (!isConfigHash(then)) {
    const old = recorded.commit === undefined ? undefined : await textAt(recorded.commit);
    then = old === undefined ? undefined : configHash(old, environment);
  }
  if (then === undefined) return 'unknown';
  return then === now ? 'same' : 'differs';
}

const run = promisify(execFile);
const COMMIT = /^[0-9a-f]{7,64}$/i;
const TIMEOUT_MS = 10_000;

/**
 * The configuration at a commit, from the project's repository. Runs git, so only where the workspace is trusted. Reads the
 * object itself: `git show` would run what the repository's attributes name.
 */
export async function configAt(
  root: string,
  commit: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!COMMIT.test(commit)) return undefined; // it comes from a file, and could be an option
  for (const name of CONFIG_NAMES) {
    const args = ['-C', root, 'cat-file', 'blob', `${commit}:./${name}`];
    const found = await run('git', args, {
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' },
      maxBuffer: CONFIG_LIMIT,
      timeout: TIMEOUT_MS,
      signal,
      windowsHide: true,
    }).catch(() => undefined); // no git, no such commit, no such file: then nothing is known
    signal.throwIfAborted();
    if (found) return found.stdout;
  }
  return undefined;
}
