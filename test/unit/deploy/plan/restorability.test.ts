import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { restorability } from '../../../../src/deploy/plan/restorability.ts';
import type { RecordedService } from '../../../../src/state/model.ts';
import { asked, idOf } from '../../../kit/deployed.ts';
import { image } from '../../../kit/observed.ts';

const recorded = (name: string, digit?: string): RecordedService => ({
  name: clean(name),
  ports: [],
  domains: [],
  containers: [],
  ...(digit !== undefined && { imageId: clean(idOf(digit)) }),
});
const release = { services: [recorded('web', '1'), recorded('api', '2')] };
const having = (name: string, ...digits: readonly string[]): ReturnType<typeof asked> =>
  asked(name, { images: digits.map(each => image(`shop/${each}`, each)) });

test('a release can be gone back to while any server has its images', () => {
  expect(restorability(release, [having('web1', '1', '2'), having('web2', '1', '2', '3')])).toEqual({
    kind: 'restorable',
    lacking: [],
  });
  expect(restorability(release, [having('web1', '1', '2'), having('web2', '2')])).toEqual({
    kind: 'restorable',
    lacking: ['web2'],
  });
  expect(restorability(release, [having('web1', '2'), having('web2', '2')])).toEqual({
    kind: 'not',
    why: 'image of web gone on web1, web2',
  });
});

test('what is not recorded, and what nobody was asked for, is not guessed', () => {
  expect(restorability({ services: [] }, [having('web1')])).toMatchObject({ kind: 'not' });
  expect(restorability({ services: [recorded('web')] }, [having('web1')])).toEqual({
    kind: 'not',
    why: 'image id not recorded here: web',
  });
  expect(restorability(release, [])).toEqual({ kind: 'unknown' });
  expect(restorability(release, [asked('web1', 'silent')])).toEqual({ kind: 'unknown' });
  // A server that does not tell of its images says nothing about them.
  expect(restorability(release, [asked('web1', {})])).toEqual({ kind: 'unknown' });
});
