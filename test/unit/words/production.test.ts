import { expect, it } from 'vitest';
import { productionBy } from '../../../src/words/production.ts';

it.each([
  [
    ['prod*', 'live'],
    ['prod', 'production', 'PROD-eu', 'Live', 'prod*'],
    ['live-eu', 'preprod', 'staging', ''],
  ],
  [['*-prod-*'], ['eu-prod-1', '-prod-'], ['-prod', 'prod-']],
  [['a*a'], ['aa', 'aba'], ['a']],
  [['*'], ['', 'anything'], []],
  [['p.d'], ['p.d'], ['pod']],
  [[], [], ['production']],
])('%j', (patterns, production, others) => {
  const isProduction = productionBy(patterns);
  expect(production.filter(name => !isProduction(name))).toEqual([]);
  expect(others.filter(isProduction)).toEqual([]);
});

it('is quick, whatever the pattern', () => {
  const isProduction = productionBy([`${'a*'.repeat(5_000)}b`]);
  expect(isProduction('a'.repeat(20_000))).toBe(false);
});
