import { expect, it } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { plain } from '../../../src/words/plain.ts';

it('leaves nothing that the editor makes an icon or a link of', () => {
  const text = 'a $(bug) [b](command:workbench.action.quit) $$((c)) [[d]](https://example.com)';
  expect(plain(clean(text))).not.toMatch(/\$\(|\]\(/);
  expect(plain(clean('v1 (hotfix) [ci] $5'))).toBe('v1 (hotfix) [ci] $5');
});
