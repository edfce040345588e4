/** Section 5 of docs/semantics.md, over real tables. */
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { settle } from '../../src/activities/settle.ts';
import { countLosses, type SettleScope } from '../../src/db/settle/index.ts';
import { createTables, into } from '../../src/db/settle/tables.ts';
import { syncConfigSchema } from '../../src/sync/config.ts';
import type { Plan } from '../../src/sync/types.ts';
import { type Contact, type Engine, openEngine, plan, type Visitor } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  await engine?.close();
  engine = await openEngine();
});
afterAll(() => engine?.close());

const contact = (id: number, more: Partial<Contact> = {}): Contact => ({
  id,
  email: `p${id}@x.com`,
  days: '0',
  ...more,
});
const visitor = (id: number, more: Partial<Visitor> = {}): Visitor => ({ id: `p${id}@x.com`, ...more });
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const config = { joinKey: { property: 'email' } };

async function wholeRun(ids: number[], change: object = {}) {
  const ref = await engine.openRun(config, change);
  await engine.read(
    ref,
    ids.map((id) => contact(id)),
    ids.map((id) => visitor(id)),
  );
  await engine.act(() => settle(engine.deps, ref));
  const { state } = await engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));
  return { ref, state };
}

test('after a shrunken side was approved, the next runs are measured against it', async () => {
  expect((await wholeRun(upTo(200))).state).toBe('succeeded');
  expect((await wholeRun(upTo(120))).state).toBe('held');
  expect((await wholeRun(upTo(120), { approved: JSON.stringify(['pull', 'push']) })).state).toBe('succeeded');
  expect((await wholeRun(upTo(120))).state).toBe('succeeded');
});

test('values that are cleared for a lost match count among what is held as well', async () => {
  const clearing = { ...config, onLostMatch: 'clear' as const };
  const ids = upTo(400);
  const first = await engine.openRun(clearing);
  const full = (id: number) => visitor(id, { jobtitle: 'a' });
  await engine.read(
    first,
    ids.map((id) => contact(id, { jobtitle: 'a' })),
    ids.map(full),
  );
  await engine.inTenant((tx) =>
    tx
      .insertInto('sent_values')
      .values(
        ids.map((id) => ({
          tenant_id: 't1',
          object: 'visitor',
          leg: 'pull',
          hubspot_id: String(id),
          pendo_id: `p${id}@x.com`,
          fields: JSON.stringify({ jobtitle: { v: 'a', at: 0, c: true } }),
        })) as never,
      )
      .execute(),
  );
  await engine.act(() => settle(engine.deps, first));
  await engine.act(() => closeRun(engine.deps, first, { kind: 'finished' }));
  // 38 of 400 lose their match: 38 of 400 held values are 9.5 %, though 38 of the 362 matched are more than 10 %.
  const ref = await engine.openRun(clearing);
  await engine.read(
    ref,
    ids.map((id) => contact(id, id <= 38 ? { email: null } : { jobtitle: 'a' })),
    ids.map(full),
  );
  const result = await engine.act(() => settle(engine.deps, ref));
  expect(result.settled).toMatchObject({ owed: { pull: 38, push: 0 }, held: { pull: false, push: false } });
});

test('a value that was sent a moment ago counts as held, though it cannot be read yet', async () => {
  const ids = upTo(300);
  const sent = ids.slice(0, 200).map((id) => ({
    tenant_id: 't1',
    object: 'visitor',
    leg: 'pull',
    hubspot_id: String(id),
    pendo_id: `p${id}@x.com`,
    fields: JSON.stringify({ jobtitle: { v: 'a', at: engine.deps.clock(), c: false } }),
  }));
  await engine.inTenant((tx) =>
    tx
      .insertInto('sent_values')
      .values(sent as never)
      .execute(),
  );
  // Of 300 values that Pendo holds 200 do not show yet. 30 become empty: a tenth, and not three in ten.
  const ref = await engine.openRun(config);
  await engine.read(
    ref,
    ids.map((id) => contact(id, id <= 270 ? { jobtitle: 'a' } : {})),
    ids.map((id) => visitor(id, id <= 200 ? {} : { jobtitle: 'a' })),
  );
  const result = await engine.act(() => settle(engine.deps, ref));
  expect(result.settled).toMatchObject({ owed: { pull: 30, push: 0 }, held: { pull: false, push: false } });
});

describe('creations', () => {
  const creating = { ...config, create: 'hubspot' as const };

  /** Everybody up to `contacts` is known to HubSpot, and up to `visitors` to Pendo. */
  async function run(contacts: number, visitors: number, how: { config?: object; change?: object } = {}) {
    const ref = await engine.openRun({ ...creating, ...how.config }, how.change);
    await engine.read(
      ref,
      upTo(contacts).map((id) => contact(id)),
      upTo(visitors).map((id) => visitor(id)),
    );
    const { settled } = await engine.act(() => settle(engine.deps, ref));
    await engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));
    return { settled, run: await engine.run(ref) };
  }

  test('above a tenth of the pairs that the last good run had matched hold their leg, which creates nobody', async () => {
    expect((await run(90, 90)).run.state).toBe('succeeded');
    const { run: held, settled } = await run(90, 120);
    expect(settled).toMatchObject({ held: { pull: false, push: true }, heldBy: { push: 'creations' } });
    expect(held).toMatchObject({
      state: 'held',
      held: [{ leg: 'push', test: 'creations', subject: 'hubspot', before: 90, now: 30 }],
      counts: { legs: { push: { unmatched: 30 } } },
    });
    expect(held.held[0]?.samples?.[0]).toMatchObject({ pendoId: 'p100@x.com', field: 'email', from: null });
    expect(held.reason?.message).toMatch(/30 records would be created in HubSpot.* 90 matched pairs/);
  });

  test('are asked about in deltas as well, and shown by a dry run', async () => {
    await run(90, 90);
    const delta = await run(90, 120, { change: { scope: 'delta' } });
    expect(delta.run).toMatchObject({ state: 'held', held: [{ test: 'creations' }] });
    const dry = await run(90, 120, { change: { dry_run: true } });
    expect(dry.run).toMatchObject({ state: 'succeeded', held: [{ test: 'creations' }] });
    expect(dry.run.preview).toMatchObject({ creations: { push: 30 } });
  });

  test('of a run with another `create` than the last good one, of a first run, and within the settings, are let through', async () => {
    expect((await run(0, 90)).run.held).toEqual([]);
    await run(90, 90, { config: { create: 'none' } });
    expect((await run(90, 120)).run.held).toEqual([]);
    expect((await run(90, 120, { config: { guards: { creationFloor: 30 } } })).run.held).toEqual([]);
    expect((await run(90, 120, { config: { guards: { creationShare: 0.5 } } })).run.held).toEqual([]);
  });
});

test('a value is lost where something becomes nothing: a number 0 is nothing, except for what NPS and trending are to become; so is false of a segment', async () => {
  const push = { property: 'days', hubspotType: 'number', whenNothing: 'clear' } as const;
  const flag = {
    ...push,
    source: 'metadata',
    group: 'custom',
    pendoType: 'boolean',
    hubspotType: 'bool',
    guardTo: 'emptyOrZero',
  } as const;
  const fields: Plan = {
    ...plan,
    pull: [
      { property: 'text', field: 'hubspot_text', valueType: 'string', onEmpty: 'clear' },
      { property: 'count', field: 'hubspot_count', valueType: 'number', onEmpty: 'clear' },
    ],
    push: [
      { ...push, metric: 'daysActive', guardTo: 'emptyOrZero' },
      { ...push, property: 'trending', metric: 'usageTrending', guardTo: 'empty' },
      { ...push, property: 'segment', source: 'segment', id: 's', hubspotType: 'bool', guardTo: 'emptyOrFalse' },
      { ...flag, property: 'flag', field: 'flag' },
    ],
  };
  const cases: [leg: 'pull' | 'push', field: string, held: unknown, wanted: string | null, lost: boolean][] = [
    ['pull', 'text', 'a', null, true],
    ['pull', 'text', '0', null, true],
    ['pull', 'text', 'a', '0', false],
    ['pull', 'text', { unreadable: true }, null, true],
    ['pull', 'text', null, 'a', false],
    ['pull', 'count', '5', '0', true],
    ['pull', 'count', '5', null, true],
    ['pull', 'count', '5', '1', false],
    ['pull', 'count', '0', null, false],
    ['push', 'days', '5', '0', true],
    ['push', 'days', '5', null, true],
    ['push', 'trending', '5', '0', false],
    ['push', 'trending', '5', null, true],
    ['push', 'trending', '0', null, false],
    ['push', 'segment', 'true', 'false', true],
    ['push', 'segment', 'true', null, true],
    ['push', 'segment', 'false', null, false],
    ['push', 'flag', 'true', 'false', false],
    ['push', 'flag', 'false', null, true],
  ];
  const rows = cases.map(([leg, field, held, wanted], id) => ({ leg, id, field, held, wanted }));
  const lost = await engine.inTenant(async (tx) => {
    for (const step of ['matchRecords', 'findDifferences', 'planDeliveries'] as const) await createTables(tx, step);
    await sql`
      ${into('s_fields')} select leg, id, id::text, field, coalesce(held, 'null'), coalesce(wanted, 'null'), 'owed', null
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(leg text, id int, field text, held jsonb, wanted jsonb)`.execute(
      tx,
    );
    const parsed = syncConfigSchema.parse(config);
    await countLosses(
      tx,
      {
        tenantId: 't1',
        object: 'visitor',
        config: parsed,
        plan: fields,
        pendoCanClear: () => true,
        now: 0,
      } as unknown as SettleScope,
      0,
    );
    return (await sql<{ id: number }>`select hubspot_id::int as id from s_losses`.execute(tx)).rows.map(({ id }) => id);
  });
  expect(lost.sort((a, b) => a - b)).toEqual(cases.flatMap(([, , , , isLost], id) => (isLost ? [id] : [])));
});
