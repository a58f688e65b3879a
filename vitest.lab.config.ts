import { defineConfig } from 'vitest/config';

// Servers of their own: what they do at once is for the tests to say.
export default defineConfig({
  test: {
    include: ['test/lab/**/*.lab.test.ts'],
    exclude: process.env.SHIPSHAPE_LAB === 'long' ? [] : ['**/*.long.lab.test.ts'],
    globalSetup: ['test/lab/setup.ts'],
    fileParallelism: false,
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 400_000,
    hookTimeout: 400_000,
  },
});
