/**
 * Runs the suite in a desktop VS Code: the one that VSCODE_EXECUTABLE_PATH names, else one that is downloaded. On Linux
 * without a screen put `xvfb-run -a` in front.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { root } from '../../scripts/run.mjs';
import { demoWorkspace } from '../e2e/kit/workspaces.ts';

const executable =
  process.env.VSCODE_EXECUTABLE_PATH ??
  (await downloadAndUnzipVSCode().catch((error: unknown) => {
    skip(`no desktop VS Code: ${String(error)}; name one in VSCODE_EXECUTABLE_PATH`);
    return undefined;
  }));

if (executable !== undefined) {
  process.exitCode = await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, 'dist-test', 'host', 'suite.cjs'),
    launchArgs: [await demoWorkspace(), '--disable-extensions', '--disable-workspace-trust', '--disable-gpu'],
  });
}

/** Says so in the suite's own way. */
function skip(title: string): void {
  for (const line of [{ result: 'skipped', title }, { result: 'end' }]) {
    appendFileSync(process.env.SHIPSHAPE_RESULTS ?? '', `${JSON.stringify(line)}\n`);
  }
}
