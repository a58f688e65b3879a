import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** Builds the tasks as the extension is built (one bundle with chunks, minified), because that is what people run. */
export async function buildTasks(folder: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { task: 'test/bench/task.ts', worker: 'src/worker.ts' },
    outdir: folder,
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
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  copyFileSync(path.join(ROOT, 'node_modules/sql.js/dist/sql-wasm.wasm'), path.join(folder, 'sql-wasm.wasm'));
}
