import { defineConfig } from 'vitest/config';

// Every spec file starts a VS Code of its own; two at once would only slow each other down.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.spec.ts'],
    globalSetup: ['test/lab/setup.ts'], // some work on servers
    fileParallelism: false,
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
