import { defineConfig } from 'vitest/config';

// Each of these campaigns keeps the machine busy by itself.
export default defineConfig({
  test: {
    include: ['test/crash/**/*.test.ts'],
    fileParallelism: false,
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 60_000,
  },
});
