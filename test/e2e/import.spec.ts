/** A project that nobody here knows, imported from a server by its name, as a person does it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeImage } from '../lab/image.ts';
import { openLab } from '../lab/lab.ts';
import { lacking } from '../lab/level.ts';
import { labSuite } from '../lab/suite.ts';
import { sshConfigOf } from './kit/on-servers.ts';
import { session } from './kit/session.ts';
import { upgrading } from './kit/upgrading.ts';
import { emptyWorkspace } from './kit/workspaces.ts';

const closing: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const lab = lacking('full') === undefined ? await startServer() : undefined;

/** A server that runs two services of a project, and a container of nobody's. */
async function startServer() {
  const opened = await openLab(close => closing.push(close));
  const server = await opened.server({ kind: 'docker', name: 'web01' });
  await makeImage(server, 'shop/web:1.0', 'v1');
  const labels = (service: string): string =>
    Object.entries({ project: 'shop', environment: 'production', service })
      .map(([label, value]) => `--label tako.${label}=${value}`)
      .join(' ');
  await server.run(`docker run -d --name shop_production_web_1 ${labels('web')} shop/web:1.0
    docker run -d --name shop_production_api_1 ${labels('api')} shop/web:1.0
    docker run -d --name other shop/web:1.0`);
  return { config: sshConfigOf([server]) };
}

labSuite('A project without a record', { needs: 'full' }, () => {
  const vscode = session({
    folder: emptyWorkspace,
    settings: { 'shipshape.sshConfigFile': lab?.config },
    viewport: { width: 1400, height: 1000 },
  });
  const { ended } = upgrading(vscode);

  test('is found on a server that a person names, and recorded with a configuration', async () => {
    const { workbench } = vscode;
    const { quickInput } = workbench;
    await workbench.openSidebar();
    await workbench.widenSidebar(460);
    await workbench.command('Shipshape: Import Project from Servers…');
    await quickInput.root().getByText('A name of the SSH configuration, or user@host').waitFor();
    await quickInput.type('web01');
    await quickInput.accept();
    await quickInput.row('shop · production').waitFor();
    await workbench.screenshot('import, what was found');
    expect(await quickInput.root().innerText()).toContain('api, web');
    await quickInput.pick('shop · production');
    await quickInput.pick('The Record and tako.yaml');
    await workbench.dialog.waitFor();
    await workbench.screenshot('import, confirmed');
    expect(existsSync(path.join(vscode.folder, '.tako'))).toBe(false);
    await workbench.answer('Import');
    await ended(/Import what runs as production: done/, 'import, done');
    expect(readFileSync(path.join(vscode.folder, 'tako.yaml'), 'utf8')).toContain(
      '    services:\n      api:\n        image: shop/web:1.0\n',
    );
    const row = workbench.view('Services').row('web');
    await row.waitFor();
    await expect
      .poll(() => workbench.view('Releases').row('production').innerText())
      .toContain('runs as recorded on 1 of 1');
    await workbench.screenshot('import, rows');
  });
});
