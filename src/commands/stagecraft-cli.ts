import * as vscode from 'vscode';
import { join, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { targetFor } from './pick-environment.ts';
import { inTerminal, programOf } from './run-program.ts';

/** Deploys with Stagecraft's own program, which asks nothing. What it does is followed in `releases.json`, as any change of it is. */
export async function deployWithStagecraft(desk: Desk, key?: Key): Promise<void> {
  const target = await targetFor(
    desk,
    key,
    say('Deploy with Stagecraft CLI'),
    ({ tool }) => tool === 'stagecraft',
  );
  if (target?.project.tool !== 'stagecraft') return;
  const { environment, project } = target;
  const program = await programOf('stagecraftPath', 'stagecraft');
  if (program === undefined) return;
  const action = say('Deploy');
  const detail = join(
    [
      say(
        'It builds what lies in the folder now, gives that image to every service of docker-compose.yml, and starts them with the Docker of this machine.',
      ),
      say('It runs no migrations, though it records those phases as completed.'),
      say(
        'Do not roll back with it: “stagecraft rollback” builds the folder as it is now, and records the old version. What it deploys has no image ids here, and cannot be gone back to.',
      ),
    ],
    '\n\n',
  );
  const question = say('Deploy {0} of {1} with the Stagecraft CLI?', environment.name, project.name);
  const options = { modal: true, detail: plain(detail) };
  if ((await vscode.window.showWarningMessage(plain(question), options, action)) !== action) return;
  const exitCode = await inTerminal({
    title: say('Deploy {0} with Stagecraft', environment.name),
    program,
    args: ['deploy', `--env=${environment.name}`],
    folder: project.root,
  });
  if (exitCode === 0) return;
  const told =
    exitCode === undefined
      ? say('Stagecraft was stopped. What it had begun stays recorded as running: record it as failed.')
      : say('Stagecraft failed with exit code {0}; its terminal says why.', exitCode);
  void vscode.window.showErrorMessage(plain(told));
}
