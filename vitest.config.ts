import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,crash}/**/*.test.ts'],
    // What writes SQLite needs node:sqlite; `npm test` runs those with a newer Node.
    exclude: Number(process.versions.node.split('.')[0]) < 24 ? ['test/unit/**/*.sqlite.test.ts'] : [],
    testTimeout: 60_000,
  },
});
