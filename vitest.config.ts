import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The campaigns stop processes, and follow them with the tools of Linux.
    include: ['test/unit/**/*.test.ts', ...(process.platform === 'linux' ? ['test/crash/**/*.test.ts'] : [])],
    // What writes SQLite needs node:sqlite; `npm test` runs those with a newer Node.
    exclude: Number(process.versions.node.split('.')[0]) < 24 ? ['**/*.sqlite.test.ts'] : [],
    setupFiles: ['test/kit/seed.ts'],
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 60_000,
    // On two cores it would be one by itself, and many tests wait for a disk or a process.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
