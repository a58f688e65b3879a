/** A key is pressed in a large configuration: what that costs the thread of the editor, and what it costs the worker. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { shifted } from '../../../src/base/span.ts';
import { engineInThread } from '../../../src/remote.ts';
import { lensesOf } from '../../../src/words/lenses.ts';
import { writeFiles } from '../../kit/files.ts';
import { middle, type Measured } from '../harness.ts';

const ENVIRONMENTS = 8;
const SERVICES = 31;
const KEYSTROKES = 500;

export async function keystroke(): Promise<Measured> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'shipshape-keystroke-'));
  const lines = configuration();
  writeFiles(root, { 'tako.yaml': lines.join('\n'), ...deployments() });
  const engine = engineInThread(new URL('./worker.js', import.meta.url), {});
  const { signal } = new AbortController();
  const [place] = (await engine.find(root, signal)).places;
  if (!place) throw new Error(`nothing found in ${root}`);
  const project = await engine.read(place, {}, signal);
  const live = (text: string) => ({ file: path.join(root, 'tako.yaml'), text, trusted: true });
  let { keys = [] } = await engine.outline(place, live(lines.join('\n')), signal);

  const costs: number[] = [];
  for (let time = 0; time < KEYSTROKES; time++) {
    const start = performance.now();
    keys = shifted(keys, [{ rangeOffset: 10, rangeLength: 0, text: time % 50 === 0 ? '\n' : 'x' }]);
    lensesOf(project, keys, true, Date.now());
    structuredClone(live(lines.join('\n'))); // as it is sent; in truth only when nobody types
    costs.push(performance.now() - start);
  }
  const start = performance.now();
  const found = await engine.outline(place, live(`# typed\n${lines.join('\n')}`), signal);
  const parse = performance.now() - start;
  if (found.keys?.length !== ENVIRONMENTS * (SERVICES + 1)) throw new Error('not all keys were found');
  rmSync(root, { recursive: true });
  const slow = costs.sort((a, b) => a - b)[Math.floor(KEYSTROKES * 0.95)] ?? NaN;
  return { lines: lines.length, ms: middle(costs), slow, parse };
}

function configuration(): string[] {
  const services = Array.from({ length: SERVICES }, (_, index) => [
    `      service-${index}:`,
    `        image: registry.example/shop/service-${index}:1.4.${index}`,
    `        port: ${3000 + index}`,
    '        replicas: 3',
    '        env:',
    '          LOG_LEVEL: info # as everywhere',
    `        proxy: { domains: [service-${index}.shop.example] }`,
    '',
  ]).flat();
  const environments = Array.from({ length: ENVIRONMENTS }, (_, index) => [
    `  environment-${index}:`,
    '    servers: [web01]',
    '    services:',
    ...services,
  ]).flat();
  return [
    'project: { name: shop, version: 1 }',
    'servers: { web01: { host: 10.0.0.1 } }',
    'environments:',
    ...environments,
  ];
}

/** One to each environment, with all services. */
function deployments(): Record<string, string> {
  const services = Object.fromEntries(
    Array.from({ length: SERVICES }, (_, index) => [
      `service-${index}`,
      { image: `registry.example/shop/service-${index}:1.4.0`, replicas: 3, health: 'healthy' },
    ]),
  );
  return Object.fromEntries(
    Array.from({ length: ENVIRONMENTS }, (_, index) => {
      const name = `environment-${index}`;
      const record = {
        deployment_id: `deploy-${index}`,
        timestamp: '2026-11-20T12:00:00Z',
        environment: name,
        status: 'success',
        services,
        config: { hash: `sha256:${'0'.repeat(64)}`, source: 'tako.yaml' },
      };
      return [`.tako/deployments/${name}/current.json`, JSON.stringify(record)];
    }),
  );
}
