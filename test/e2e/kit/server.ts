import { randomUUID } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { must, start, stop, temporaryFolder } from '../../../scripts/run.mjs';
import type { VsCodeHost } from '../../../scripts/vscode-host.mjs';

export interface ServerOptions {
  readonly host: VsCodeHost;
  /** A .vsix that is installed, or the folder of an extension that is linked. */
  readonly extension?: string;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Without trust, folders open in Restricted Mode. */
  readonly trusted?: boolean | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A VS Code of its own on a free loopback port, with nothing of this machine's user in it. */
export interface Server {
  /** Home folder of everything that runs in it; all of it is removed in the end. */
  readonly home: string;
  readonly origin: URL;
  /** Resolves, with what it printed last, when the server ends. */
  readonly ended: Promise<string>;
  /** Where a browser finds a folder or a workspace file opened, or an empty window. */
  address(folder?: string): string;
  stop(): Promise<void>;
}

/** Quiet, the same every time, and without a request that leaves this machine. */
const SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.editor.useModal': 'off', // editors of VS Code itself as tabs, not over the window
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Light Modern',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  'git.autofetch': false,
  'git.openRepositoryInParentFolders': 'never',
  'npm.autoDetect': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'window.commandCenter': false,
  'editor.minimap.enabled': false,
};

const START_MS = 60_000;

export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, extension, settings, trusted = true, environment } = options;
  const home = temporaryFolder('vscode');
  const user = path.join(home, 'user', 'User');
  const extensions = path.join(home, 'extensions');
  const machine = path.join(home, 'user', 'Machine');
  for (const folder of [user, machine]) await mkdir(folder, { recursive: true });
  await mkdir(extensions);
  await writeFile(path.join(user, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  // Those of a machine count only there.
  await writeFile(path.join(machine, 'settings.json'), JSON.stringify(settings ?? {}));
  const command = [path.join(host.folder, 'out', 'server-main.js'), '--accept-server-license-terms'];
  const folders = ['--server-data-dir', home, '--extensions-dir', extensions];
  const env = { ...withoutEditor(process.env), EXTENSIONS_GALLERY: '{"serviceUrl":""}', HOME: home };
  if (extension?.endsWith('.vsix')) {
    await must(host.node, [...command, ...folders, '--install-extension', extension], {
      env,
      timeout: 120_000,
    });
  } else if (extension) {
    await symlink(extension, path.join(extensions, await identity(extension)));
  }

  const token = randomUUID();
  const child = start(
    host.node,
    [
      ...command,
      ...folders,
      '--user-data-dir',
      path.dirname(user),
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--connection-token',
      token,
      '--telemetry-level',
      'off',
      '--disable-telemetry',
      ...(trusted ? ['--disable-workspace-trust'] : []),
      '--disable-getting-started-override',
    ],
    { env: { ...env, ...environment } },
  );
  let printed = '';
  const ended = new Promise<string>(resolve => child.once('exit', () => resolve(printed.slice(-2_000))));
  const origin = await new Promise<URL>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`VS Code did not start:\n${printed}`)), START_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed = (printed + text).slice(-20_000);
        const port = /Web UI available at http:\/\/[^:]+:(\d+)/.exec(printed)?.[1];
        if (!port) return;
        clearTimeout(timer);
        resolve(new URL(`http://127.0.0.1:${port}/`));
      });
    }
    void ended.then(last => reject(new Error(`VS Code ended at its start:\n${last}`)));
  });
  return {
    home,
    origin,
    ended,
    address(folder) {
      const url = new URL(origin);
      if (!folder) url.searchParams.set('ew', 'true');
      else url.searchParams.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', folder);
      url.searchParams.set('tkn', token);
      return url.href;
    },
    stop: () => stop(child),
  };
}

/** How VS Code names the folder of an installed extension. */
async function identity(folder: string): Promise<string> {
  // A manifest that is none shows as an extension that does not load.
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  return `${manifest.publisher ?? ''}.${manifest.name ?? ''}-${manifest.version ?? ''}`;
}

/** Started in a terminal of VS Code, the server would take that editor's settings for its own. */
function withoutEditor(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      /^(VSCODE_|ELECTRON_)/.test(name) ? undefined : value,
    ]),
  );
}
