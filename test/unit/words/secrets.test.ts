import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Key } from '../../../src/base/finding.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { State } from '../../../src/state/model.ts';
import { attention } from '../../../src/words/attention.ts';
import { productionBy } from '../../../src/words/production.ts';
import { diagnosticReport } from '../../../src/words/report.ts';
import type { Row } from '../../../src/words/row.ts';
import { printRows, rowsOf, VIEWS } from '../../../src/words/rows.ts';
import { summariesOf } from '../../kit/summaries.ts';
import { toldJson } from '../../kit/told.ts';
import { workspace } from '../../kit/workspace.ts';

const CANARY = 'cAnArY7f3a9b2c';
/** As secrets stand in texts: assigned, in an address, in a header, as a token of a known form. */
const PLANTED = `pw password=${CANARY} postgres://shop:${CANARY}@db/shop Authorization: Bearer ${CANARY} SWMTKN-1-${CANARY}`;

const NOW = Date.UTC(2026, 10, 21);
const SIGNAL = new AbortController().signal;

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** The document again and again, each time with the canary in another text or name. */
function* plantedIn(value: Json): Generator<Json> {
  if (typeof value === 'string') yield PLANTED;
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries())
      for (const other of plantedIn(each)) yield value.with(index, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      for (const other of plantedIn(each)) yield { ...value, [name]: other };
      yield { ...value, [PLANTED]: each };
    }
  }
}

/** Everything that a person or a script gets to see of this state. */
async function everythingShown(state: State, text: (key: Key) => Promise<string>): Promise<string> {
  const rows = VIEWS.map(view => rowsOf(view, state, NOW));
  const flat = (all: readonly Row[]): Row[] => all.flatMap(row => [row, ...flat(row.children ?? [])]);
  const documents = flat(rows.flat())
    .flatMap(({ open, details }) => [open, details])
    .flatMap(target => (target && 'document' in target ? [target.document] : []));
  const report = diagnosticReport(state, clean('1'), clean('1'), clean('1'), clean('local'), NOW);
  const texts = await Promise.all(documents.map(text));
  return [
    JSON.stringify(rows),
    toldJson(state),
    JSON.stringify(attention(state, productionBy(['*']))),
    ...summariesOf(state, NOW).map(([, text]) => text),
    report,
    ...rows.map(each => printRows(each)),
    ...texts,
  ].join('\n');
}

async function shownOf(folder: string): Promise<string> {
  const reader = openReader({}, undefined, () => NOW);
  const state = await readOnce(reader, [folder]);
  const { places } = await reader.find(folder, SIGNAL);
  return everythingShown(state, async key => {
    const place = places.find(each => key.startsWith(`${each.key}/`));
    return place ? reader.text(place, key, SIGNAL) : '';
  });
}

function jsonFilesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.json'))
    .map(name => path.join(folder, name));
}

describe('a secret in any field of a state file is shown nowhere', () => {
  it.each([
    'tako/v0.0.1-newyork',
    'tako/master-mixed-tz',
    'stagecraft/releases.real-unknown-phase-kept.json',
    'stagecraft/releases.spec-example.json',
    'ftl2/.ftl2-state.json',
    'ftl2/go-ftl2.state.json',
    'ftl2/cli-run.state-file.json',
    'ftl2/inventory.json',
  ])('%s', async sample => {
    const space = workspace(onTestFinished);
    space.sample(sample);
    let planted = 0;
    for (const file of jsonFilesIn(space.root)) {
      const text = readFileSync(file, 'utf8');
      for (const document of plantedIn(JSON.parse(text) as Json)) {
        writeFileSync(file, JSON.stringify(document, null, 2));
        expect(await shownOf(space.root), JSON.stringify(document)).not.toContain(CANARY);
        planted++;
      }
      writeFileSync(file, text);
    }
    expect(planted).toBeGreaterThan(5);
  });

  it('tako.yaml and the values of its .env', async () => {
    const { write, root } = workspace(onTestFinished);
    write({
      '.env': `SERVER_HOST=${CANARY}.example.com\nDATABASE_URL=postgres://u:${CANARY}@db\nTOKEN="${CANARY}"\n`,
      'tako.yaml': [
        'project: { name: "${TOKEN}", version: 1.0.0 }',
        'servers: { prod: { host: "${SERVER_HOST}", user: "${TOKEN}" } }',
        'environments:',
        '  production:',
        '    servers: [prod]',
        '    services:',
        '      web: { image: "registry/${TOKEN}:1", domains: ["${SERVER_HOST}"], env: { DATABASE_URL: "${DATABASE_URL}" } }',
        '',
      ].join('\n'),
      '.tako/deployments/production/current.json': JSON.stringify({
        deployment_id: 'deploy-1',
        timestamp: '2026-11-20T10:00:00Z',
        environment: 'production',
        status: 'failed',
        notes: `could not reach ${CANARY}.example.com with ${CANARY}`,
      }),
    });
    const shown = await shownOf(root);
    expect(shown).toContain('${SERVER_HOST}');
    expect(shown).not.toContain(CANARY);
  });
});
