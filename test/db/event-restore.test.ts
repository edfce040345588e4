/** After a restore nobody knows what was sent as events: nothing up to today is sent, whatever the zone's today is. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { noteEntries, passOver, readEntries } from '../../src/db/events/entries.ts';
import { dayIn } from '../../src/sync/clock.ts';
import { type Engine, openEngine } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

test.each([
  ['2026-11-10T12:30:00Z', 'Pacific/Kiritimati'],
  ['2026-11-10T23:30:00Z', 'Asia/Tokyo'],
  ['2026-11-10T00:30:00Z', 'America/New_York'],
])('at %s, in %s, the first day that is sent is today or later', async (instant, zone) => {
  const { tenantId } = await engine.openRun({ joinKey: { property: 'email' } });
  const now = Date.parse(instant);
  const ref = { tenantId, object: 'visitor' as const };
  const known = await engine.inTenant(async (tx) => {
    const span = { source: 'page' as const, id: 'p', firstDay: '2026-10-01', from: '2026-10-01', until: '2026-11-01' };
    await noteEntries(tx, { ...ref, portal: '' }, [span]);
    await passOver(tx, ref, now);
    return readEntries(tx, ref);
  });
  const today = dayIn(now, zone);
  expect(known).toHaveLength(1);
  for (const day of [known[0]!.firstDay, known[0]!.through]) expect(day >= today, `${day} of ${today}`).toBe(true);
});
