import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../../src/engine.ts';
import type { Fix } from '../../../src/base/finding.ts';
import { contents, perform, placeOf, plan } from '../../kit/operate.ts';
import { releasesFile } from '../../kit/stagecraft.ts';
import { workspace } from '../../kit/workspace.ts';
import { LATER } from '../state/read-project.ts';

const STATE = '.stagecraft/releases.json';
const AT = Date.UTC(2025, 0, 1, 12);
const never = new AbortController().signal;

async function damaged(damage: (text: Buffer) => Buffer) {
  const files = workspace(onTestFinished);
  files.write(
    releasesFile(
      'seed',
      [0, 1, 2].map(index => ({
        environment: 'prod',
        at: AT + index * 60_000,
        version: `v${index}`,
        phases: {},
      })),
    ),
  );
  const whole = readFileSync(files.file(STATE));
  const text = damage(whole);
  files.write({ [STATE]: text });
  const place = await placeOf(files.root, 'stagecraft');
  const project = await openReader({}, undefined, LATER).read(place, {}, never);
  const fix: Fix | undefined = project.findings.find(each => each.fix?.operation === 'repair')?.fix;
  return { ...files, place, text, whole, fix };
}

const read = async (place: Awaited<ReturnType<typeof placeOf>>) =>
  (await openReader({}).read(place, {}, never)).environments.flatMap(({ releases }) =>
    releases.map(({ id }) => id),
  );

describe('a damaged file', () => {
  test.each<[string, (whole: Buffer) => Buffer, number]>([
    ['cut off', whole => whole.subarray(0, whole.lastIndexOf('"id"')), 2],
    ['with text after its end', whole => Buffer.concat([whole, Buffer.from('}}')]), 3],
    ['with a comma too many', whole => Buffer.from(whole.toString().replace('\n  ]', ',\n  ]')), 3],
    [
      'in UTF-16',
      whole => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(whole.toString(), 'utf16le')]),
      3,
    ],
    ['with a byte order mark', whole => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), whole]), 3],
    [
      'with null among its releases',
      whole => Buffer.from(whole.toString().replace('[\n', '[\n    null,\n')),
      3,
    ],
  ])('%s is offered a repair, which keeps the original and can be undone', async (_, damage, count) => {
    const { root, file, place, text, fix } = await damaged(damage);
    if (!fix) throw new Error('no repair is offered');
    const before = contents(root);
    const { risk, preview } = await plan(fix);
    expect(risk).toBe('confirm');
    expect(preview?.file).toBe(file(STATE));
    expect(contents(root)).toEqual(before);
    const { verdict, undo } = await perform(fix);
    expect(verdict).toEqual({ state: 'verified' });
    expect(readFileSync(file(STATE), 'utf8')).toBe(preview?.text);
    expect((await read(place)).length).toBeGreaterThanOrEqual(count);
    const [kept = ''] = readdirSync(file('.shipshape/kept'));
    expect(readFileSync(file('.shipshape/kept', kept))).toEqual(text);
    if (!undo) throw new Error('no undo');
    await perform(undo);
    expect(contents(root)).toEqual(before);
  });

  test('of which nothing can be saved is taken out of the way, after its name was typed', async () => {
    const { root, file, text, fix } = await damaged(() => Buffer.from('  \n'));
    if (!fix) throw new Error('no repair is offered');
    expect(await plan(fix)).toMatchObject({ risk: 'typed', target: 'releases.json' });
    expect((await perform(fix)).verdict).toEqual({ state: 'verified' });
    expect(contents(root)).toEqual({});
    const [kept = ''] = readdirSync(file('.shipshape/kept'));
    expect(readFileSync(file('.shipshape/kept', kept))).toEqual(text);
  });

  test('that is whole is left alone', async () => {
    const { place, fix } = await damaged(whole => whole);
    expect(fix).toBeUndefined();
    const request = { operation: 'repair', input: { place, path: STATE } };
    await expect(perform(request)).rejects.toMatchObject({ code: 'refused' });
  });
});
