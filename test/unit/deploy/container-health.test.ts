import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { workspace } from '../../kit/workspace.ts';

const FOLDER = path.join(import.meta.dirname, '../../../src/deploy/scripts/containers');
const SCRIPT = ['base.sh', 'health.sh'].map(each => readFileSync(path.join(FOLDER, each), 'utf8')).join('\n');

const placeOf = (program: string): string =>
  spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).stdout.trim();
const busybox = placeOf('busybox');

/** What servers have to ask with; nothing else of the kind is there. */
const TOOLS = [
  { tool: 'bash', program: placeOf('bash'), canTcp: true },
  { tool: 'nc', program: busybox, canTcp: true },
  { tool: 'curl', program: placeOf('curl'), canTcp: false },
  { tool: 'wget', program: busybox, canTcp: false },
].filter(({ program }) => program !== '');

/** A folder with these programs. */
function programs(tools: readonly (readonly [name: string, program: string])[]): string {
  const { root } = workspace(onTestFinished);
  const always = ['timeout', 'head', 'tail', 'tr'].map(each => [each, placeOf(each)] as const);
  for (const [name, program] of [...always, ...tools]) symlinkSync(program, path.join(root, name));
  return root;
}

/** Whether a shell finds a port well, and what it says of it. */
async function asks(
  shell: readonly string[],
  folder: string,
  {
    probe,
    port,
    path: asked = '/',
  }: { readonly probe: string; readonly port: number; readonly path?: string },
): Promise<readonly [isWell: boolean, why: string]> {
  const [program = '', ...args] = shell;
  const text = `${SCRIPT}
PATH=${folder} probe=${probe} probe_port=${port} probe_path='${asked}' probe_timeout=2
if answers '127.0.0.1 10.0.0.9'; then echo "well $why"; else echo "ill $why"; fi`;
  const child = spawn(program, [...args, '-c', text, 'sh', 'shop', 'production', 'r1'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  await once(child, 'close');
  expect(err).toBe('');
  const [state, ...why] = out.trim().split(' ');
  return [state === 'well', why.join(' ')];
}

async function listening(answer: http.RequestListener): Promise<number> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port; // it listens at a port
}

/** One at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens at a port
  server.close();
  await once(server, 'close');
  return port;
}

/** One whose program takes nobody any more, with so many that wait for it that the next one gets no answer at all. */
async function fullPort(): Promise<number> {
  const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    require('fs').writeSync(1, String(this.address().port) + '\\n');
    process.kill(process.pid, 'SIGSTOP');
  })`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(chunk.toString());
  for (let isTaken = true; isTaken;) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined); // it ends with the program
    onTestFinished(() => void socket.destroy());
    isTaken = await Promise.race([once(socket, 'connect').then(() => true), sleep(1_000).then(() => false)]);
  }
  return port;
}

describe('Asking a container from its server', () => {
  for (const shell of [['dash'], ['bash', '--posix'], ...(busybox ? [['busybox', 'sh']] : [])])
    for (const { tool, program, canTcp } of TOOLS) {
      // What is built into busybox is found by its shell wherever PATH leads.
      if (shell[0] === 'busybox' && !['bash', 'nc'].includes(tool)) continue;
      test(`${shell[0] ?? ''} with ${tool}`, async () => {
        const folder = programs([[tool, program]]);
        const seen: string[] = [];
        const port = await listening((request, response) => {
          seen.push(request.url ?? '');
          if (request.url === '/slow') return; // never answered
          response.writeHead(request.url === '/moved' ? 302 : request.url === '/broken' ? 500 : 200, {
            location: '/broken',
          });
          response.end('HTTP/1.1 500 in the body\r\n'.repeat(1_000));
        });
        const ask = (asked: string): Promise<readonly [boolean, string]> =>
          asks(shell, folder, { probe: 'http', port, path: asked });
        expect((await ask('/well?a=1&b=%20'))[0]).toBe(true);
        expect(seen).toEqual(['/well?a=1&b=%20']);
        expect((await ask('/broken'))[0]).toBe(false);
        expect((await ask('/slow'))[0]).toBe(false);
        if (tool !== 'wget') expect((await ask('/moved'))[0]).toBe(true); // which follows it
        const closed = await closedPort();
        expect((await asks(shell, folder, { probe: 'http', port: closed }))[0]).toBe(false);
        if (!canTcp) return;
        expect((await asks(shell, folder, { probe: 'tcp', port }))[0]).toBe(true);
        expect((await asks(shell, folder, { probe: 'tcp', port: closed }))[0]).toBe(false);
        const silent = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
        await once(silent, 'listening');
        onTestFinished(() => void silent.close());
        const { port: quiet } = silent.address() as AddressInfo; // it listens at a port
        expect((await asks(shell, folder, { probe: 'tcp', port: quiet }))[0]).toBe(true);
        const full = await fullPort();
        expect(await asks(shell, folder, { probe: 'tcp', port: full })).toEqual([
          false,
          expect.stringMatching(/^(no answer|nc: timed out)$/),
        ]);
      });
    }

  test('what is said behind the answer is none: that nobody took all of it', async () => {
    const { file, write } = workspace(onTestFinished);
    write({
      nc: '#!/bin/sh\necho HTTP/1.1 200 OK\n/bin/sleep 0.1\necho "nc: write error: Broken pipe" >&2\n',
    });
    chmodSync(file('nc'), 0o755);
    expect((await asks(['dash'], programs([['nc', file('nc')]]), { probe: 'http', port: 1 }))[0]).toBe(true);
  });

  test('says so where a server has nothing to ask with', async () => {
    const folder = programs([]);
    expect(await asks(['dash'], folder, { probe: 'http', port: 1 })).toEqual([
      false,
      'There is neither bash nor nc on the server to ask with.',
    ]);
  });
});
