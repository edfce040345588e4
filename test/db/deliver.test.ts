/** A field that a vendor refuses for everybody is dropped for the run, and reported once. */
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { deliverToHubSpot } from '../../src/activities/deliver-to-hubspot.ts';
import { deliverToPendo } from '../../src/activities/deliver-to-pendo.ts';
import { settle } from '../../src/activities/settle.ts';
import { nextOwed } from '../../src/db/deliver/index.ts';
import type { BatchReply, HubSpotClient } from '../../src/hubspot/index.ts';
import type { PendoClient, WriteReply } from '../../src/pendo/index.ts';
import { type Engine, openEngine, type Visitor } from './engine.ts';

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
        strangers: 0,
        repeated: false,
        unsent,
        calls: 1,
        dropProperties: [{ name: property, code: 'PROPERTY_DOESNT_EXIST', message: 'no' }],
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

test('a field that is dropped in mid-run is rejected wherever it is owed, and what goes without it is written', async () => {
  const ids = Array.from({ length: 1000 }, (_, i) => i + 1);
  const sent: Record<string, unknown>[][] = [];
  const pendo = {
    async writeValues(_object: string, _group: string, rows: { id: string; values: Record<string, unknown> }[]) {
      sent.push(rows.map((row) => row.values));
      const reply = {
        updated: [] as string[],
        missing: [],
        errors: [],
        unaccounted: [],
        dropFields: [] as WriteReply['dropFields'],
        unsent: [] as string[],
        calls: 1,
      };
      const names = rows.map((row) => row.id);
      if (!rows.some((row) => 'hubspot_phone' in row.values)) return { ...reply, updated: names };
      return { ...reply, unsent: names, dropFields: [{ name: 'hubspot_phone', message: 'phone is gone' }] };
    },
  } as unknown as PendoClient;
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  // Half of them owe the title as well as the phone; half only the phone.
  const title = (id: number) => (id % 2 === 0 ? 'Lead' : null);
  const contacts = ids.map((id) => ({ id, email: `p${id}@x.com`, jobtitle: title(id), phone: '555', days: '0' }));
  const read = (visitors: Visitor[]) => engine.read(ref, contacts, visitors);
  await read(ids.map((id) => ({ id: `p${id}@x.com`, phone: '1' })));
  await engine.act(() => settle(engine.deps, ref));
  const pendoSettings = { zone: 'UTC', clear: 'null', aggregations: 1 };
  const deps = { ...engine.deps, openVendors: async () => ({ pendo, pendoSettings }) as never };
  expect((await engine.act(() => deliverToPendo(deps, ref))).kind).toBe('done');
  // It reads again: who was written without the field is not written to, or refused, once more.
  await read(ids.map((id) => ({ id: `p${id}@x.com`, phone: '1', jobtitle: title(id) })));
  await engine.act(() => settle(engine.deps, ref));
  const calls = sent.length;
  expect((await engine.act(() => deliverToPendo(deps, ref))).kind).toBe('done');
  expect(sent.length).toBe(calls);
  await engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));

  const { counts } = await engine.run(ref);
  expect(counts.legs?.pull).toEqual({ written: 500, rejected: 500 });
  expect(counts.fields?.pull).toEqual({ jobtitle: { written: 500 }, phone: { rejected: 1000 } });
  expect(counts.rejections).toEqual([{ leg: 'pull', code: 'FIELD_DROPPED', property: 'phone', rows: 500 }]);
  const rows = await engine.rows(
    sql<object>`select state, changes, dropped, reason, count(*)::int as n from deliveries group by 1, 2, 3, 4 order by 1`,
  );
  expect(rows).toEqual([
    {
      state: 'accepted',
      changes: { jobtitle: [null, 'Lead'] },
      dropped: { phone: ['1', '555'] },
      reason: null,
      n: 500,
    },
    {
      state: 'rejected',
      changes: { phone: ['1', '555'] },
      dropped: null,
      reason: {
        code: 'FIELD_DROPPED',
        property: 'phone',
        message: expect.stringMatching(/refused for every record/),
        vendorText: 'phone is gone',
      },
      n: 500,
    },
  ]);
});

test('why a row was refused is said in our words, and beside them in the vendor’s where it said anything', async () => {
  const ids = [1, 2, 3, 4, 5];
  const [missing, unaccounted, spoken, silent] = ids.map((n) => `p${n}@x.com`) as [string, string, string, string];
  const pendo = {
    writeValues: async (): Promise<WriteReply> => ({
      updated: ['p5@x.com'],
      missing: [missing],
      errors: [
        { id: spoken, message: 'value "x" is no title' },
        { id: silent, message: '' },
      ],
      unaccounted: [unaccounted],
      dropFields: [],
      unsent: [],
      calls: 1,
    }),
  } as unknown as PendoClient;
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  await engine.read(
    ref,
    ids.map((id) => ({ id, email: `p${id}@x.com`, jobtitle: 'x', days: '0' })),
    ids.map((id) => ({ id: `p${id}@x.com` })),
  );
  await engine.act(() => settle(engine.deps, ref));
  const pendoSettings = { zone: 'UTC', clear: 'null', aggregations: 1 };
  const deps = { ...engine.deps, openVendors: async () => ({ pendo, pendoSettings }) as never };
  await engine.act(() => deliverToPendo(deps, ref));
  const rows = await engine.rows(
    sql<{ id: string; reason: { code: string; message: string; vendorText?: string } }>`
      select pendo_id as id, reason from deliveries where state = 'rejected' order by pendo_id`,
  );
  const said = new Map(rows.map(({ id, reason }) => [id, reason]));
  expect([...said.values()].map(({ code, vendorText }) => [code, vendorText])).toEqual([
    ['MISSING', undefined],
    ['UNACCOUNTED', undefined],
    ['PENDO_ERROR', 'value "x" is no title'],
    ['PENDO_ERROR', undefined],
  ]);
  for (const { message } of said.values()) expect(message).toMatch(/^Pendo .*\.$/);
});

test('what is owed next comes in portions that fit in memory, and nothing is passed over', async () => {
  const ids = Array.from({ length: 30 }, (_, i) => i + 1);
  const long = 'x'.repeat(60_000);
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  await engine.read(
    ref,
    ids.map((id) => ({ id, email: `p${id}@x.com`, jobtitle: long, days: '0' })),
    ids.map((id) => ({ id: `p${id}@x.com` })),
  );
  await engine.act(() => settle(engine.deps, ref));
  const sizes: number[] = [];
  for (let after = '0', whole = false; !whole; ) {
    const next = await engine.inTenant((tx) =>
      nextOwed(tx, { ...ref, leg: 'pull' }, after, { rows: 20, weight: 500_000 }),
    );
    expect(next.rows[0]?.seq).toBe(String(Number(after) + 1));
    after = next.rows.at(-1)?.seq ?? after;
    whole = next.whole;
    sizes.push(next.rows.length);
  }
  // The row that reaches the bound is the last of its portion.
  expect(sizes).toEqual([9, 9, 9, 3]);
});

test('a vendor’s text that jsonb cannot hold, or that is cut inside a pair, is recorded all the same', async () => {
  const texts = ['quotes a\0b', 'half \ud800 pair', `${'x'.repeat(498)}🦊x`, 'plain 🦊'];
  const hubspot = {
    async batchUpdate(_: string, rows: { id: string }[]): Promise<BatchReply> {
      const rejected = rows.slice(0, -1).map(({ id }, n) => ({ input: id, code: 'BAD', message: texts[n % 4]! }));
      const unsent = rows.slice(-1).map(({ id }) => id);
      const empty = {
        accepted: [],
        absent: [],
        unsent: [],
        dropProperties: [],
        strangers: 0,
        repeated: false,
        calls: 1,
      };
      if (rows.length === 1) return { ...empty, rejected: [], absent: unsent };
      const dropProperties = [{ name: 'other', code: 'PROPERTY_DOESNT_EXIST', message: 'no \0' }];
      return { ...empty, rejected, unsent, dropProperties };
    },
  } as unknown as HubSpotClient;
  const ref = await engine.openRun({ joinKey: { property: 'email' } });
  const ids = [1, 2, 3, 4, 5];
  await engine.read(
    ref,
    ids.map((id) => ({ id, email: `p${id}@x.com`, days: '1' })),
    ids.map((id) => ({ id: `p${id}@x.com`, days: 2 })),
  );
  await engine.act(() => settle(engine.deps, ref));
  const deps = { ...engine.deps, openVendors: async () => ({ hubspot }) as never };
  expect((await engine.act(() => deliverToHubSpot(deps, ref))).kind).toBe('done');
  const told = await engine.rows(
    sql<{
      text: string;
    }>`select reason ->> 'vendorText' as text from deliveries where reason ->> 'code' = 'BAD' order by seq`,
  );
  expect(told.map(({ text }) => text)).toEqual([
    'quotes a\ufffdb',
    'half \ufffd pair',
    `${'x'.repeat(498)}\ufffd…`,
    'plain 🦊',
  ]);
  expect((await engine.run(ref)).dropped).toMatchObject([{ field: 'other', message: 'no \ufffd' }]);
});
