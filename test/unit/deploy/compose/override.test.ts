import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bareService } from '../../../../src/deploy/configuration/bare-service.ts';
import { composeName, overrideText, variablesText } from '../../../../src/deploy/compose/override.ts';

const whose = { project: 'Shop', environment: 'prod' };

describe('what is put over a Compose file', () => {
  test('names the image and the release when it is used, and gives values as they are', () => {
    const value = fc.string({ unit: 'binary' }).filter(each => each.isWellFormed());
    fc.assert(
      fc.property(value, given => {
        const service = bareService('web', { hash: 'h', environment: new Map([['A', given]]) });
        const text = overrideText(service, whose, '3.8');
        // YAML allows no such character, and a reader of it need not take one.
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\ufeff\ufffe\uffff]/);
        const read = parse(text) as { version: string; services: { web: Record<string, unknown> } };
        expect(read.version).toBe('3.8');
        const { image, labels, environment } = read.services.web;
        expect(image).toBe('${SHIPSHAPE_IMAGE}');
        expect(labels).toMatchObject({ 'tako.project': 'Shop', 'shipshape.release': '${SHIPSHAPE_RELEASE}' });
        expect((environment as { A: string }).A.replaceAll('$$', '$')).toBe(given);
        expect((environment as { A: string }).A.replaceAll('$$', '')).not.toContain('$');
      }),
    );
  });

  test('has no version where the Compose file has none', () => {
    expect(Object.keys(JSON.parse(overrideText(bareService('web', {}), whose, undefined)) as object)).toEqual(
      ['services'],
    );
  });

  test('variables reach a shell as they are', () => {
    const value = `it's "$5" \`x\`\nline`;
    const script = `${variablesText(new Map([['TOLD', value]]))}printf %s "$TOLD"`;
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe(value);
  });

  test('two projects never have one name in Compose', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.-]{0,10}$/);
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(composeName(a, 'prod')).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
        expect(composeName(a, 'prod') === composeName(b, 'prod')).toBe(a === b);
      }),
    );
    expect([composeName('shop', 'prod'), composeName('Shop', 'prod')]).toEqual([
      'shop_prod',
      expect.stringMatching(/^shop_prod-[0-9a-f]{6}$/),
    ]);
  });
});
