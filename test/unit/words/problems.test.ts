import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { Finding } from '../../../src/base/finding.ts';
import { EMPTY_STATE, type Project, type State } from '../../../src/state/model.ts';
import { problemsOf } from '../../../src/words/problems.ts';

const finding = (code: string, file?: string, severity: Finding['severity'] = 'warning'): Finding => ({
  severity,
  code,
  text: clean(code),
  at: file === undefined ? undefined : { file },
});

function stateWith(...findings: readonly Finding[]): State {
  return { ...EMPTY_STATE, projects: [{ findings } as unknown as Project] }; // nothing else is looked at
}

test('what a person edits, what is damaged, what lies open', () => {
  const state = stateWith(
    finding('a', '/shop/tako.yaml'),
    finding('b', '/shop/tako.yaml', 'info'),
    finding('c', '/shop/.tako/state.json'),
    finding('d', '/shop/.tako/state.json', 'error'),
    finding('tokens-readable', '/shop/.tako/swarm.json'),
    finding('unknown-environment', '/shop/stagecraft.yml', 'info'),
    finding('e'),
    finding('f', '/shop/tako.yaml', 'ok'),
  );
  expect(problemsOf(state).map(({ code }) => code)).toEqual([
    'a',
    'd',
    'tokens-readable',
    'unknown-environment',
  ]);
});

test('of a file that is open what stands there counts, and not what was saved', () => {
  const state = stateWith(finding('saved', '/shop/tako.yaml'), finding('other', '/b/tako.yaml'));
  const codes = (...live: readonly Finding[]) =>
    problemsOf(state, new Map([['/shop/tako.yaml', live]])).map(({ code }) => code);
  expect(codes(finding('typed', '/shop/tako.yaml'))).toEqual(['other', 'typed']);
  expect(codes()).toEqual(['other']);
});
