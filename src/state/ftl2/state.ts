import path from 'node:path';
import { clean, MASK, say, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { memberLines } from '../../base/json.ts';
import type { FileContent } from '../cache.ts';
import { Tally } from '../tally.ts';
import type { Fact } from '../model.ts';
import { formOf, isStateName, newerVersion, type Form } from './form.ts';
import { goHost, goResource } from './go.ts';
import { PROBLEMS, type Problems } from './problems.ts';
import { pythonHost, pythonResource } from './python.ts';
import type { Member, RecordedHost, RecordedResource } from './recorded.ts';
import { runOf, type Run } from './run.ts';

/** What one state file says, whichever form it has. */
export interface StateFile {
  /** Its name, and what it is. */
  readonly fact: Fact;
  readonly hosts: readonly RecordedHost[];
  readonly resources: readonly RecordedResource[];
  readonly run?: Run;
}

/** Decodes a state file; `undefined`, and nothing reported, when it is another program's. */
export function decodeState(root: Fields, content: FileContent): StateFile | undefined {
  const form = formOf(root, isStateName(path.basename(content.file)));
  if (!form) return undefined;
  const tally = new Tally(PROBLEMS);
  checkFile(form, root, content, tally);
  const hosts = membersOf(root, 'hosts', content, tally);
  const resources = membersOf(root, 'resources', content, tally);
  const state = decodeAs(form, root, hosts, resources, content.file, tally);
  checkEntries(state, root, content, tally);
  for (const { at, ...finding } of tally.findings()) content.report({ ...finding, line: at?.line });
  return state;
}

function decodeAs(
  form: Form,
  root: Fields,
  hosts: readonly Member[],
  resources: readonly Member[],
  file: string,
  tally: Problems,
): StateFile {
  const fact = (kind: Clean): Fact => ({ name: clean(path.basename(file)), value: kind });
  switch (form) {
    case 'go':
      return {
        fact: fact(say('FTL2 state, form of the Go version')),
        hosts: hosts.map(host => goHost(host, tally)),
        resources: resources.map(resource => goResource(resource, tally)),
      };
    case 'python':
      return {
        fact: fact(say('FTL2 state')),
        hosts: hosts.map(host => pythonHost(host, tally)),
        resources: resources.map(pythonResource),
      };
    case 'run':
      return {
        fact: fact(say('FTL2 log of a run')),
        hosts: [],
        resources: [],
        run: runOf(root, hosts, file),
      };
  }
}

function membersOf(
  root: Fields,
  name: 'hosts' | 'resources',
  { text, file }: FileContent,
  tally: Problems,
): readonly Member[] {
  const lines = memberLines(text, name);
  const recorded = Fields.of(root.raw(name));
  return root.map(name).map(([member, fields]) => {
    const at = { file, line: lines.get(member) };
    if (recorded?.raw(member) === null) tally.add('null-entry', member, at);
    return { name: member, fields, at };
  });
}

function checkFile(form: Form, root: Fields, { file, byteOrderMark }: FileContent, tally: Problems): void {
  const name = path.basename(file);
  const at = { file, line: 1 };
  if (byteOrderMark) tally.add('byte-order-mark', name, at);
  if (form !== 'python' && isStateName(name)) tally.add('wrong-form', name, at);
  if (form === 'go' && !root.has('metadata')) tally.add('no-metadata', name, at);
  const newer = newerVersion(form, root);
  if (newer !== undefined) tally.add('newer-version', newer, at);
}

function checkEntries(
  { hosts, resources, run }: StateFile,
  root: Fields,
  { file, stamp }: FileContent,
  tally: Problems,
): void {
  for (const { name, row } of hosts) {
    const { port, address, source } = row;
    const isPort = port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535);
    if (!isPort) tally.add('bad-port', name, source);
    if (address === clean(name) && name !== 'localhost') tally.add('no-address', name, source);
  }
  const mayOthersRead = process.platform !== 'win32' && (stamp.mode & 0o077) !== 0;
  if (!mayOthersRead) return;
  for (const { name, row } of hosts)
    if (hasSecret(row.variables)) tally.add('open-secrets', name, row.source);
  for (const { name, row } of resources) {
    if (hasSecret([row.properties, row.tags])) tally.add('open-secrets', name, row.source);
  }
  if (run && hasSecret([root.json('args')])) tally.add('open-secrets', 'args', { file, line: 1 });
}

/** Whether something was masked when this was cleaned. */
function hasSecret(cleaned: object): boolean {
  return JSON.stringify(cleaned).includes(MASK);
}
