import * as assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { extension, ready } from './kit.ts';

describe('activation', () => {
  it('ends with everything read', async () => {
    const { state } = await ready();
    assert.ok(extension().isActive);
    assert.notEqual(state.now.projects.length, 0);
  });

  it('fills the four trees of the demo workspace', async () => {
    const api = await ready();
    for (const view of ['releases', 'services', 'servers', 'stacks'] as const) {
      assert.notEqual(api.rows(view).length, 0, view);
    }
  });

  it('gives way long before everything is read', async () => {
    const { activation } = await ready();
    const { untilFirstAwait, untilReady } = { ...activation, untilReady: await activation.untilReady };
    assert.ok(untilFirstAwait < untilReady);
    // For the bench.
    const file = process.env.SHIPSHAPE_FIGURES;
    if (file) writeFileSync(file, JSON.stringify({ untilFirstAwait, untilReady }));
  });
});
