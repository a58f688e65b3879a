import { writeFileSync } from 'node:fs';
import { say } from '../../../src/base/clean.ts';
import { Connections } from '../../../src/ssh/connections.ts';
import type { Connection } from '../../../src/ssh/connection.ts';
import { askNobody, type Prompts } from '../../../src/ssh/prompts.ts';
import type { Target } from '../../../src/ssh/target.ts';
import { workspace } from '../../kit/workspace.ts';

/** Connections that read this configuration and nobody's own. */
export function connectionsWith(
  whenDone: (stop: () => void) => void,
  config: string,
  settings: { readonly program?: string; readonly trusted?: boolean } = {},
): Connections {
  const { file } = workspace(whenDone);
  writeFileSync(
    file('config'),
    `${config}\nHost *\n  IdentityAgent none\n  IdentitiesOnly yes\n  IdentityFile none\n`,
  );
  const connections = new Connections({
    settings: () => ({ configFile: file('config'), trusted: true, ...settings }),
    here: say('on this machine'),
  });
  whenDone(() => connections.close());
  return connections;
}

export function using<T>(
  connections: Connections,
  target: string | Target,
  work: (server: Connection) => Promise<T>,
  {
    prompts = askNobody(),
    signal = AbortSignal.timeout(50_000),
  }: { prompts?: Prompts; signal?: AbortSignal } = {},
): Promise<T> {
  return connections.use(typeof target === 'string' ? { host: target } : target, { prompts, signal }, work);
}

/** Answers questions one after the other, and notes what was asked. */
export function asking(answers: readonly string[]): Prompts & { readonly asked: unknown[] } {
  const left = [...answers];
  const asked: unknown[] = [];
  return {
    ...askNobody(),
    asked,
    passphrase: (file, wrong) => {
      asked.push([file, wrong]);
      return Promise.resolve(left.shift());
    },
    answer: (_, question) => {
      asked.push(question);
      return Promise.resolve(left.shift());
    },
  };
}
