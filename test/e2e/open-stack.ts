import { randomUUID } from 'node:crypto';
import { type Stack, type StackOptions, startStack } from '../../demo/stack.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { freshDatabase } from '../setup/database.ts';
import { temporalAddress, workflowBundle } from '../setup/temporal.ts';

/** Noon in New York, far from every change of clocks. */
const june = Date.UTC(2026, 5, 15, 16);

/** A stack on the run's servers, with a database and a task queue of its own. Stop it in `afterAll`. */
export async function openStack(options: Partial<StackOptions> = {}): Promise<Stack> {
  const database = await freshDatabase();
  const stack = await startStack({
    dataDir: 'unused: every server is given',
    databaseUrl: database.url,
    temporalAddress: temporalAddress(),
    taskQueue: `test-${randomUUID()}`,
    now: june,
    // Many tenants are asked about by one key.
    limits: { perSecond: 1000, burst: 10_000, failuresPerMinute: 30 },
    // Faults are what many of these tests are about; the log has nothing to add.
    log: createLog({ level: (process.env.TEST_LOG as 'debug' | undefined) ?? 'silent' }),
    ...options,
    worker:
      options.worker === false
        ? false
        : { workflowBundle: workflowBundle(), sweepMs: 500, graceMs: 2000, readBackMs: 1500, ...options.worker },
  });
  return {
    ...stack,
    async stop() {
      await stack.stop();
      await database.drop();
    },
  };
}
