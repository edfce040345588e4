import { defineConfig } from 'vitest/config';

/** No server is needed here, but Helm and the validator, which are built with Go once per machine. */
export default defineConfig({ test: { include: ['test/chart/*.test.ts'], testTimeout: 60_000 } });
