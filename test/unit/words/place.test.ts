import { expect, it } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { fromHere, inHere } from '../../../src/words/place.ts';

const host = clean('build1');

it.each([
  [{ host, workspace: clean('acme') }, undefined, 'on this machine'],
  [
    { remote: 'wsl', host, distribution: clean('Ubuntu-24.04') },
    'from WSL: Ubuntu-24.04',
    'in WSL (Ubuntu-24.04)',
  ],
  [{ remote: 'wsl', host }, 'from WSL', 'in WSL'],
  [
    { remote: 'dev-container', host, workspace: clean('acme') },
    'from dev container acme',
    'in this dev container',
  ],
  [{ remote: 'attached-container', host }, 'from a dev container', 'in this dev container'],
  [{ remote: 'ssh-remote', host, workspace: clean('acme') }, 'from ssh: build1', 'on build1'],
  [{ remote: 'codespaces', host }, 'from a codespace', 'in this codespace'],
  [{ remote: 'tunnel', host }, 'from build1', 'on build1'],
])('%j', (here, from, within) => {
  expect(fromHere(here)).toBe(from);
  expect(inHere(here)).toBe(within);
});
