/** A field that a vendor refuses for everybody is dropped for the run, and reported once. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { deliverToHubSpot } from '../../src/activities/deliver-to-hubspot.ts';
import { settle } from '../../src/activities/settle.ts';
import type { BatchReply, HubSpotClient } from '../../src/hubspot/index.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

test('many batches that meet it at once report it once', async () => {
  const n = 1200;
  const property = 'pendo_days_active_180d';
  let waiting: (() => void)[] = [];
  const hubspot = {
    async batchUpdate(_: string, rows: { id: string }[]): Promise<BatchReply> {
      // All are on their way before the first is answered.
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === n / 100) for (const each of waiting.splice(0)) each();
      });
      waiting = [];
      const unsent = rows.map((row) => row.id);
      return {
        accepted: [],
        rejected: [],
        absent: [],
        unsent,
        calls: 1,
        dropProperty: { name: property, code: 'PROPERTY_DOESNT_EXIST', message: 'no' },
      };
    },
  } as unknown as HubSpotClient;
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  const ids = Array.from({ length: n }, (_, i) => i + 1);
  await engine.read(
    ref,
    ids.map((id) => ({ id, email: `p${id}@x.com`, days: '1' })),
    ids.map((id) => ({ id: `p${id}@x.com`, days: 2 })),
  );
  expect((await engine.act(() => settle(engine.deps, ref))).settled?.owed.push).toBe(n);
  // Connections that are there already: the answers are recorded side by side.
  await Promise.all(ids.slice(0, 8).map(() => engine.rows(sql`select pg_sleep(0.05)`)));
  const deps = { ...engine.deps, openVendors: async () => ({ hubspot }) as never };
  expect((await engine.act(() => deliverToHubSpot(deps, ref))).kind).toBe('done');
  await engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));
  const run = await engine.run(ref);
  expect(run.dropped.map((each) => each.field)).toEqual([property]);
  expect(run.counts.legs?.push).toEqual({ rejected: n });
});
