// node esbuild.mjs [--production] [--watch] [--outdir=FOLDER]   builds the extension into dist/, or elsewhere
// node esbuild.mjs --tests                    builds the suite that runs inside VS Code into dist-test/host/
import { existsSync } from 'node:fs';
import { copyFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';

process.chdir(import.meta.dirname);
const flags = new Set(process.argv.slice(2));
const production = flags.has('--production');
const watch = flags.has('--watch');
const outdir = process.argv.find(each => each.startsWith('--outdir='))?.slice('--outdir='.length) ?? 'dist';

/** @type {esbuild.BuildOptions} */
const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'info', metafile: true };

/** @type {esbuild.BuildOptions} */
const extension = {
  ...common,
  entryPoints: ['src/extension.ts', 'src/worker.ts', 'src/inspect.ts'].filter(file => existsSync(file)),
  outdir,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  // ssh2 does without its native parts, which would be for one system and one version of Node only.
  external: ['vscode', 'cpu-features', '*.node'],
  // jsonc-parser's `main` is UMD, whose inner requires a bundler cannot follow.
  mainFields: ['module', 'main'],
  // CommonJS libraries inside an ES module call require.
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
  },
  // sql.js asks for it as soon as it is loaded, and an ES module has none.
  define: { __dirname: 'import.meta.dirname' },
  minify: production,
  sourcemap: !production,
  plugins: [{ name: 'finish', setup: build => build.onEnd(finish) }],
};

/**
 * What runs in the table panel: a page of a browser, so a build of its own.
 * @type {esbuild.BuildOptions}
 */
const panel = {
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  logLevel: 'info',
  metafile: true,
  entryPoints: [
    { in: 'panel/main.ts', out: 'panel' },
    { in: 'panel/panel.css', out: 'panel' },
    { in: 'node_modules/@vscode/codicons/dist/codicon.css', out: 'codicon' },
  ],
  outdir: path.join(outdir, 'panel'),
  assetNames: '[name]',
  loader: { '.ttf': 'file' },
  minify: production,
  sourcemap: !production,
  plugins: [
    { name: 'account', setup: build => build.onEnd(({ metafile }) => void (panelAccount = metafile)) },
  ],
};

/** @type {esbuild.Metafile | undefined} */
let panelAccount;

/** @type {esbuild.BuildOptions} */
const tests = {
  ...common,
  entryPoints: ['test/host/suite.ts', 'test/host/*.test.ts'],
  outdir: 'dist-test/host',
  outExtension: { '.js': '.cjs' }, // VS Code loads the suite by require
  format: 'cjs',
  external: ['vscode', 'mocha'],
  sourcemap: 'inline',
};

/**
 * Completes dist/: the SQLite engine, the scripts for servers, the licenses, no chunk of an earlier build, and last the account of what was built from what.
 * @param {esbuild.BuildResult} result
 */
async function finish({ errors, metafile }) {
  if (errors.length > 0 || !metafile || !panelAccount) return;
  const inputs = { ...metafile.inputs, ...panelAccount.inputs };
  const engine = path.join(outdir, 'sql-wasm.wasm');
  await copyFile('node_modules/sql.js/dist/sql-wasm.wasm', engine);
  const migrations = path.join(outdir, 'migrations');
  await rm(migrations, { recursive: true, force: true });
  await cp('src/upgrade/migrations', migrations, { recursive: true });
  const scripts = path.join(outdir, 'scripts');
  await rm(scripts, { recursive: true, force: true });
  for (const room of ['servers', 'deploy']) await cp(`src/${room}/scripts`, scripts, { recursive: true });
  const licenses = 'THIRD-PARTY-LICENSES.txt';
  await writeFile(path.join(outdir, licenses), await licensesOf(Object.keys(inputs)));
  const current = new Set(
    [...Object.keys(metafile.outputs), engine, migrations, scripts, licenses, 'panel'].map(file =>
      path.basename(file),
    ),
  );
  for (const name of await readdir(outdir)) {
    if (!current.has(name)) await rm(path.join(outdir, name), { recursive: true });
  }
  const outputs = { ...metafile.outputs, ...panelAccount.outputs };
  await writeFile(path.join(outdir, 'meta.json'), JSON.stringify({ inputs, outputs }));
}

/**
 * The licenses of the packages that are part of the bundle.
 * @param {readonly string[]} inputs the files it was made from
 */
async function licensesOf(inputs) {
  const packages = new Set(
    inputs.flatMap(file => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
  );
  const texts = [...packages].sort().map(async name => {
    const folder = path.join('node_modules', name);
    const file = (await readdir(folder)).find(each => /^licen[cs]e/i.test(each));
    /** @type {{ author: string | { name: string }, license: string }} */
    const { author, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
    const text = file
      ? await readFile(path.join(folder, file), 'utf8')
      : `Copyright ${typeof author === 'string' ? author : author.name}\n`;
    return `${name} (${license})\n\n${text}`;
  });
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`);
}

if (watch) {
  // What .vscode/tasks.json waits for.
  const announce = {
    name: 'announce',
    /** @param {esbuild.PluginBuild} build */
    setup(build) {
      build.onStart(() => console.log('[watch] build started'));
      build.onEnd(() => console.log('[watch] build finished'));
    },
  };
  const context = await esbuild.context({ ...extension, plugins: [...(extension.plugins ?? []), announce] });
  const panelContext = await esbuild.context(panel);
  await panelContext.rebuild(); // what the other one accounts for
  await panelContext.watch();
  await context.watch();
} else {
  // esbuild has told what is wrong.
  const builds = flags.has('--tests') ? [tests] : [panel, extension];
  for (const build of builds) await esbuild.build(build).catch(() => (process.exitCode = 1));
}
