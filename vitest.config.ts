import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Needs Go: npm run e2e:helm.
    exclude: ['test/chart/**'],
    globalSetup: ['test/setup/global.ts'],
    // Worker threads crash in the native part of Temporal's worker.
    pool: 'forks',
    maxWorkers: 2,
    // Real servers on a machine that others use too: one more try in CI, and the report names each test that needed it.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
