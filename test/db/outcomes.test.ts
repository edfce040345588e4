/** Section 6 of docs/semantics.md: every source's record in exactly one outcome, and no rows for what stays as it was. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { settle } from '../../src/activities/settle.ts';
import type { RunRef } from '../../src/activities/types.ts';
import { nextOwed, recordAnswer, recordWithheld } from '../../src/db/deliver/index.ts';
import type { Leg } from '../../src/db/schema.ts';
import { judgeRecords, matchRecords, type SettleScope } from '../../src/db/settle/index.ts';
import { createTables, into } from '../../src/db/settle/tables.ts';
import { syncConfigSchema } from '../../src/sync/config.ts';
import { type Contact, type Engine, openEngine, plan, type Visitor } from './engine.ts';

let engine: Engine;
beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

const config = { joinKey: { property: 'email' } };
const counted = async (ref: RunRef) => (await engine.run(ref)).counts.legs;
const transitions = () =>
  engine.rows(sql<{ leg: string; source: string; run: string; outcome: string }>`
    select leg, giver_id as source, run_id::text as run, outcome from outcomes order by run_id, leg, giver_id`);

async function begin(input: object, contacts: Contact[], visitors: Visitor[], change: object = {}): Promise<RunRef> {
  const ref = await engine.openRun({ ...config, ...input }, change);
  await engine.read(ref, contacts, visitors);
  await engine.act(() => settle(engine.deps, ref));
  return ref;
}
const finish = (ref: RunRef, kind: 'finished' | 'cancelled' = 'finished') =>
  engine.act(() => closeRun(engine.deps, ref, { kind }));

/** Answers what is owed: taken, or refused where `refuse` says so. */
async function answer(
  ref: RunRef,
  leg: Leg,
  refuse: (key: string) => boolean = () => false,
  most = 100,
): Promise<void> {
  await engine.inTenant(async (tx) => {
    const scope = { ...ref, leg };
    const { rows } = await nextOwed(tx, scope, '0', { rows: most, weight: 1e9 });
    await recordAnswer(tx, scope, engine.deps.clock(), {
      accepted: rows
        .filter((row) => !refuse(row.pendoId ?? ''))
        .map((row) => ({
          seq: row.seq,
          kind: row.kind,
          fields: Object.fromEntries(Object.entries(row.changes).map(([field, [, wanted]]) => [field, wanted])),
        })),
      rejected: rows
        .filter((row) => refuse(row.pendoId ?? ''))
        .map((row) => ({ seq: row.seq, code: 'NO', message: '' })),
    });
  });
}

const a = { id: 1, email: 'a@x.com', jobtitle: 'new', days: '0' };
const b = { id: 2, email: 'b@x.com', jobtitle: 'new', days: '0' };

test('what was refused is not sent again in the same run, even when the run settles again', async () => {
  const ref = await begin({}, [a, b], [{ id: 'a@x.com' }, { id: 'b@x.com' }]);
  await answer(ref, 'pull', (id) => id === 'a@x.com');
  const { settled } = await engine.act(() => settle(engine.deps, ref));
  expect(settled?.owed).toEqual({ pull: 0, push: 0 });
  await finish(ref);
  expect(await counted(ref)).toEqual({ pull: { rejected: 1, written: 1 }, push: { unchanged: 2 } });
});

test('a record that was written stays written when the run settles again, whatever its other fields are', async () => {
  // The phone is withheld by its rule, the title is written: first written, then only kept.
  const ref = await begin({}, [{ ...a, phone: null }], [{ id: 'a@x.com', phone: '1' }]);
  await answer(ref, 'pull');
  await engine.act(() => settle(engine.deps, ref));
  await finish(ref);
  expect((await counted(ref))?.pull).toEqual({ written: 1 });
});

test('fields of one row that are withheld for two reasons are all kept, and none of them was written', async () => {
  const ref = await begin({}, [{ ...a, phone: '2' }], [{ id: 'a@x.com' }]);
  await engine.inTenant(async (tx) => {
    const scope = { ...ref, leg: 'pull' as const };
    const { rows } = await nextOwed(tx, scope, '0', { rows: 100, weight: 1e9 });
    const [{ seq, changes }] = rows as [(typeof rows)[number]];
    const [known, ...foundOut] = Object.keys(changes) as [string, ...string[]];
    expect(foundOut.length).toBeGreaterThan(0);
    await recordWithheld(tx, scope, [
      { seq, fields: [known] },
      { seq, fields: foundOut },
    ]);
  });
  await finish(ref);
  const fields = (await engine.run(ref)).counts.fields?.pull ?? {};
  expect(Object.values(fields).map(({ kept }) => kept)).toEqual(Object.keys(fields).map(() => 1));
  expect(await counted(ref)).toMatchObject({ pull: { kept: 1 } });
});

test('nobody is created by a held leg or an ended run: such a record is unmatched', async () => {
  const create = { create: 'pendo', guards: { valueFloor: 0 } };
  const c = { id: 3, email: 'c@x.com', jobtitle: 'x', days: '0' };
  const contacts = [{ ...a, jobtitle: null }, c];
  const visitors = [{ id: 'a@x.com', jobtitle: 'old' }];
  const held = await begin(create, contacts, visitors);
  expect((await finish(held)).state).toBe('held');
  expect((await counted(held))?.pull).toEqual({ held: 1, unmatched: 1 });
  const dry = await begin(create, contacts, visitors, { dry_run: true });
  await finish(dry);
  expect((await counted(dry))?.pull).toEqual({ held: 1, unmatched: 1 });
  const approved = await begin(create, contacts, visitors, { approved: JSON.stringify(['pull']) });
  await finish(approved, 'cancelled');
  expect((await counted(approved))?.pull).toEqual({ notReached: 1, unmatched: 1 });
});

test('another spelling of a forgotten name is not created anew, while others are', async () => {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  engine.deps.openSuppression = async () => hash;
  await engine.inTenant((tx) =>
    tx
      .insertInto('suppressions')
      .values({ tenant_id: 't1', object: 'visitor', hash: hash('key:anna@x.com') })
      .execute(),
  );
  const contacts = [
    { id: 1, email: 'Anna@x.com', days: '0' },
    { id: 2, email: 'Bert@x.com', days: '0' },
  ];
  const ref = await begin({ create: 'pendo' }, contacts, []);
  const created = await engine.rows(sql`
    select hubspot_id::text as id from deliveries where run_id = ${ref.runId} and kind = 'create'`);
  expect(created).toEqual([{ id: '2' }]);
  const standing = await engine.rows(sql`
    select standing, standing_reason as reason from hubspot_records where id = 1`);
  expect(standing).toEqual([{ standing: 'unmatched', reason: { code: 'TAKER_EXCLUDED' } }]);
});

test('a leg that stays held adds no rows', async () => {
  const strict = { guards: { valueFloor: 0 } };
  const contacts = [{ ...a, jobtitle: null }];
  const visitors = [{ id: 'a@x.com', jobtitle: 'old' }];
  expect((await finish(await begin(strict, contacts, visitors))).state).toBe('held');
  const before = await transitions();
  const next = await begin(strict, contacts, visitors);
  expect((await finish(next)).state).toBe('held');
  expect((await counted(next))?.pull).toEqual({ held: 1 });
  expect(await transitions()).toEqual(before);
});

test('an unchanged day adds no rows, whatever the records are', async () => {
  const contacts: Contact[] = [
    a,
    { ...b, jobtitle: null, phone: null },
    { id: 3, email: null },
    { id: 4, email: 'd@x.com' },
    { id: 5, email: 'd@x.com' },
    { id: 6, email: 'nobody@x.com' },
  ];
  const visitors = [
    { id: 'a@x.com', jobtitle: 'old' },
    { id: 'b@x.com', phone: '1' },
    { id: 'd@x.com' },
    { id: 'else@x.com' },
  ];
  const first = await begin({}, contacts, visitors);
  await answer(first, 'pull');
  await answer(first, 'push');
  await finish(first);
  const before = await transitions();
  expect(before).toHaveLength(10);
  const after = [{ id: 'a@x.com', jobtitle: 'new' }, ...visitors.slice(1)];
  const filled = contacts.map((contact) =>
    contact.id === 1 || contact.id === 2 ? { ...contact, days: '0' } : contact,
  );
  for (let day = 0; day < 2; day++) {
    engine.pass(86_400_000);
    const ref = await begin({}, filled, after);
    await finish(ref);
    expect(await counted(ref)).toEqual({
      pull: { unchanged: 1, kept: 1, blank: 1, ambiguous: 2, unmatched: 1 },
      push: { unchanged: 2, ambiguous: 1, unmatched: 1 },
    });
  }
  expect(await transitions()).toEqual(before);
});

test('the gone are told once, and who comes back has an outcome again', async () => {
  const visitors = [{ id: 'a@x.com', jobtitle: 'new' }];
  for (const contacts of [[a], [], [], [a]]) await finish(await begin({}, contacts, visitors));
  const ofContact = (await transitions()).filter((row) => row.leg === 'pull').map((row) => row.outcome);
  expect(ofContact).toEqual(['unchanged', 'gone', 'unchanged']);
});

test('on a side that was read to its end while the other was not, the outcomes add up to the records read', async () => {
  const ref = await engine.openRun(config);
  await engine.read(ref, [a, { id: 3, email: null }], []);
  await engine.rows(sql`update read_ranges set records = 3, excluded = 1 where side = 'hubspot'`);
  await engine.rows(sql`update read_ranges set done = false where side = 'pendo'`);
  await finish(ref, 'cancelled');
  expect((await counted(ref))?.pull).toEqual({ notReached: 1, blank: 1, excluded: 1 });
});

test('a run that ended before it read anything has no outcomes: what the mirror holds is of earlier runs', async () => {
  await finish(await begin({}, [a, { id: 3, email: null }], [{ id: 'a@x.com', jobtitle: 'new' }]));
  const ref = await engine.openRun(config);
  await engine.act(() => closeRun(engine.deps, ref, { kind: 'blocked', code: 'JOIN_KEY_STOPPED' }));
  expect((await engine.run(ref)).counts).toEqual({ read: { hubspot: 0, pendo: 0 }, legs: { pull: {}, push: {} } });
});

test('a stopped field is shown in every run, and reported as new in the first one only', async () => {
  const stoppedPlan = JSON.stringify({ ...plan, pull: [{ ...plan.pull[0], stopped: 'gone' }, plan.pull[1]] });
  const counts: unknown[] = [];
  for (const change of [{}, { plan: stoppedPlan, dry_run: true }, { plan: stoppedPlan }, { plan: stoppedPlan }]) {
    const ref = await begin({}, [], [], change);
    await finish(ref);
    const { stopped, newlyStopped } = (await engine.run(ref)).counts;
    counts.push([stopped, newlyStopped]);
  }
  const it = [{ leg: 'pull', property: 'jobtitle', reason: 'gone' }];
  // What a dry run shows is not reported by it.
  expect(counts).toEqual([
    [undefined, undefined],
    [it, it],
    [it, it],
    [it, undefined],
  ]);
});

test('a record has the first outcome that one of its fields has, in the order of the contract', async () => {
  const order = ['owed', 'invalidField', 'altered', 'kept'];
  // Every set of outcomes that the fields of a record may have.
  const sets = Array.from({ length: 2 ** order.length }, (_, bits) => order.filter((_, n) => bits & (1 << n)));
  const ref = await engine.openRun(config);
  const names = sets.map((_, n) => `order${n}@x.com`);
  await engine.read(
    ref,
    names.map((email, n) => ({ id: 900 + n, email })),
    names.map((id) => ({ id })),
  );
  const rows = sets.flatMap((set, n) =>
    set.map((outcome, at) => ({ id: 900 + n, key: names[n], field: `f${at}`, outcome })),
  );
  const found = await engine.inTenant(async (tx) => {
    const scope = { ...ref, config: syncConfigSchema.parse(config), record: null } as SettleScope;
    await matchRecords(tx, scope);
    await createTables(tx, 'findDifferences');
    await createTables(tx, 'findCreations');
    await sql`
      ${into('s_fields')} select 'pull', id, key, field, 'null', 'null', outcome, null
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id bigint, key text, field text, outcome text)`.execute(
      tx,
    );
    await judgeRecords(tx, scope);
    return (await sql<{ outcome: string }>`select outcome from s_outcomes_pull where id >= 900 order by id`.execute(tx))
      .rows;
  });
  expect(found.map(({ outcome }) => outcome)).toEqual(sets.map(([first]) => first ?? 'unchanged'));
});
