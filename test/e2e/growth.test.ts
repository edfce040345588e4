/** After a month of days with changes no table holds more than after two weeks of them, where four days of everything are kept. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countRows } from '../../bench/soak/count-rows.ts';
import { compareThirds } from '../../bench/soak/verdict.ts';
import type { Stack } from '../../demo/stack.ts';
import { pruneAudit } from '../../src/control/audit/prune.ts';
import { pruneEvidence } from '../../src/control/evidence/retention.ts';
import { pruneRuns } from '../../src/control/runs/retention.ts';
import { openStack } from './open-stack.ts';
import { testedTenant } from './tested-tenant.ts';

const days = 18;
const keptDays = 4;

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack?.stop());

test('no table grows with the days', async () => {
  const tenant = await testedTenant(stack, { world: { contacts: 60, visitors: 70, companies: 20, accounts: 22 } });
  // Nobody visits any more, so that this one stays as it is; figures of a window change from day to day.
  for (const object of ['visitor', 'account'] as const)
    await tenant.configure(object, { push: [{ metric: 'lastVisit' }] });
  for (const object of ['visitor', 'account'] as const) await tenant.ended(await tenant.start(object, 'enable'));
  const samples: Record<string, number>[] = [];
  for (let day = 0; day < days; day++) {
    // As many changes each day, and no records that come to stay: those may grow.
    await tenant.nextDay(0);
    const seen = await tenant.seen();
    const live = seen.contacts.filter(({ archived }) => !archived);
    await tenant.patch(
      'contacts',
      live.slice(day % 5, (day % 5) + 20).map(({ id }) => ({ id, properties: { jobtitle: `Engineer ${day}` } })),
    );
    await tenant.configure('visitor', { settleMinutes: { pendo: day, hubspot: 0 } });
    await Promise.all(
      ['visitor' as const, 'account' as const].map(async (object) => tenant.ended(await tenant.start(object))),
    );
    const { control } = stack.services;
    await pruneEvidence(control, keptDays);
    await pruneRuns(control, keptDays);
    await pruneAudit(control, keptDays);
    samples.push(await countRows(stack.databaseUrl));
  }
  expect(samples.at(-1)?.['rows.deliveries']).toBeGreaterThan(0);
  expect(compareThirds(samples).filter(({ grew }) => grew)).toEqual([]);
}, 300_000);
