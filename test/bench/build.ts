import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { must, root } from '../../scripts/run.mjs';

export interface Built {
  /** The folder of task.js. */
  readonly tasks: string;
  /** The folder of the extension as it is packed, and of esbuild's account of it in meta.json. */
  readonly extension: string;
}

/** What people run is what is measured: chunks, minified. */
export async function buildAll(folder: string): Promise<Built> {
  const built = { tasks: path.join(folder, 'tasks'), extension: path.join(folder, 'extension') };
  await must(process.execPath, ['esbuild.mjs', '--production', `--outdir=${built.extension}`]);
  isModule(built.extension);
  await buildTasks(built.tasks);
  return built;
}

/** The tasks, with the parts of the extension that they measure. */
async function buildTasks(outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { task: 'test/bench/task.ts', worker: 'src/worker.ts' },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    splitting: true,
    minify: true,
    mainFields: ['module', 'main'],
    define: { __dirname: 'import.meta.dirname' },
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
    logLevel: 'error',
  });
  isModule(outdir);
  copyFileSync(path.join(root, 'node_modules/sql.js/dist/sql-wasm.wasm'), path.join(outdir, 'sql-wasm.wasm'));
}

function isModule(folder: string): void {
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
}
