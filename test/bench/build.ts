import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** As the extension is built for people (see esbuild.mjs): chunks, minified. What they run is what is measured. */
const OPTIONS: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  minify: true,
  external: ['vscode'],
  mainFields: ['module', 'main'],
  define: { __dirname: 'import.meta.dirname' },
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  },
  logLevel: 'error',
};

export interface Built {
  /** The folder of task.js. */
  readonly tasks: string;
  /** The folder of extension.js, and of esbuild's account of it in meta.json. */
  readonly extension: string;
}

export async function buildAll(folder: string): Promise<Built> {
  const built = { tasks: path.join(folder, 'tasks'), extension: path.join(folder, 'extension') };
  await buildInto(built.tasks, { task: 'test/bench/task.ts', worker: 'src/worker.ts' });
  const account = await buildInto(built.extension, {
    extension: 'src/extension.ts',
    worker: 'src/worker.ts',
  });
  writeFileSync(path.join(built.extension, 'meta.json'), JSON.stringify(account));
  return built;
}

async function buildInto(outdir: string, entryPoints: Record<string, string>): Promise<Metafile> {
  const { metafile } = await build({ ...OPTIONS, entryPoints, outdir, metafile: true });
  writeFileSync(path.join(outdir, 'package.json'), '{"type":"module"}');
  copyFileSync(path.join(ROOT, 'node_modules/sql.js/dist/sql-wasm.wasm'), path.join(outdir, 'sql-wasm.wasm'));
  return metafile;
}
