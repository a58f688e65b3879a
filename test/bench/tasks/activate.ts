/** Loads the built extension as VS Code would, with a stand-in for `vscode`: what comes before `activate` is called. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFiles } from '../../kit/files.ts';
import type { Measured } from '../harness.ts';

/** Code that has to wait until it is needed. */
const HEAVY = /node_modules\/(ssh2|sql\.js|yaml)\//;

/** The part of esbuild's account that is used, by output file. */
type Account = Readonly<
  Record<
    string,
    {
      readonly bytes: number;
      readonly inputs: Readonly<Record<string, unknown>>;
      readonly imports: readonly { readonly path: string; readonly kind: string }[];
    }
  >
>;

/** `folder` is where extension.js lies, `types` the declarations of VS Code. */
export async function activate(folder: string, types: string): Promise<Measured> {
  writeFiles(folder, {
    'node_modules/vscode/package.json': '{"type":"module","exports":"./index.js"}',
    'node_modules/vscode/index.js': standIn(types),
  });
  const start = performance.now();
  await import(pathToFileURL(path.join(folder, 'extension.js')).href);
  const ms = performance.now() - start;
  const { outputs } = JSON.parse(readFileSync(path.join(folder, 'meta.json'), 'utf8')) as {
    outputs: Account;
  }; // esbuild's
  return { ms, ...loaded(outputs) };
}

/** A module with every name that VS Code exports. Each is a class, a function and an object that has whatever is asked. */
function standIn(types: string): string {
  const found = readFileSync(types, 'utf8').matchAll(
    /^\texport (?:class|enum|namespace|const|function) (\w+)/gm,
  );
  const names = [...new Set([...found].flatMap(([, name]) => name ?? []))];
  return [
    'const any = new Proxy(class {}, { get: (known, name) => known[name] ?? any, apply: () => any });',
    ...names.map(name => `export const ${name} = any;`),
  ].join('\n');
}

/** What is loaded together with extension.js, at any depth. */
function loaded(outputs: Account): Measured {
  const files = new Set<string>();
  const add = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path: imported, kind } of outputs[file]?.imports ?? [])
      if (kind === 'import-statement') add(imported);
  };
  for (const file of Object.keys(outputs)) if (path.basename(file) === 'extension.js') add(file);
  const parts = [...files].flatMap(file => outputs[file] ?? []);
  return {
    kilobytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1000,
    heavy: parts.flatMap(({ inputs }) => Object.keys(inputs)).filter(input => HEAVY.test(input)).length,
  };
}
