/** What is remembered as sent is remembered of the target, as it is now (docs/semantics.md, section 4). */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeRun } from '../../src/activities/close-run.ts';
import { settle } from '../../src/activities/settle.ts';
import { nextOwed, recordAnswer } from '../../src/db/deliver/index.ts';
import { noteSeen } from '../../src/db/runs/seen.ts';
import type { Leg } from '../../src/db/schema.ts';
import { targetsOf } from '../../src/sync/mapping.ts';
import type { PullPlan } from '../../src/sync/types.ts';
import { type Contact, type Engine, openEngine, plan, type Visitor } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
beforeEach(() =>
  engine.inTenant(async (tx) => {
    for (const table of ['hubspot_records', 'pendo_records', 'sent_values', 'outcomes', 'runs'] as const) {
      await tx.deleteFrom(table).execute();
    }
  }),
);
afterAll(() => engine.close());

const config = { joinKey: { property: 'email' } };
const day = 86_400_000;
const push = 'pendo_days_active_180d';

interface Day {
  contacts: Contact[];
  visitors: Visitor[];
  change?: object;
  config?: object;
  /** What the vendors do with the rows. Default: they take them all. */
  answer?: 'accept' | 'reject' | 'none';
  /** Of a delta: what was read. */
  seen?: string[];
  mapped?: PullPlan[];
}

const frozen = { pendoGroup: 'custom' } as const;

/** One run, and a day. @returns values owed per leg as `id field=wanted`, and the run's counts per field. */
async function runOn({ contacts, visitors, change = {}, answer = 'accept', seen, mapped, ...more }: Day) {
  const ref = await engine.openRun({ ...config, ...more.config }, {
    state: 'running',
    ...(seen ? { scope: 'delta' } : {}),
    ...change,
  } as never);
  await engine.read(ref, contacts, visitors);
  if (seen) await engine.inTenant((tx) => noteSeen(tx, ref, seen));
  await engine.act(() => settle(engine.deps, ref));
  const { held } = await engine.run(ref);
  const how = { ...plan, ...(mapped && { pull: mapped }) };
  const owed: Record<Leg, string[]> = { pull: [], push: [] };
  for (const leg of ['pull', 'push'] as const) {
    const scope = { ...ref, leg, targets: leg === 'pull' ? targetsOf(how, frozen) : undefined };
    await engine.inTenant(async (tx) => {
      const { rows } = await nextOwed(tx, scope, '0', { rows: 1000, weight: 1e6 });
      for (const { hubspotId, pendoId, changes } of rows) {
        for (const [field, [, wanted]] of Object.entries(changes)) {
          owed[leg].push(`${leg === 'pull' ? pendoId : hubspotId} ${field}=${wanted}`);
        }
      }
      if (answer === 'none' || 'dry_run' in change || held.length > 0) return;
      const accepted = rows.map(({ seq, kind, changes }) => ({
        seq,
        kind,
        fields: Object.fromEntries(Object.entries(changes).map(([field, [, wanted]]) => [field, wanted])),
      }));
      const rejected = rows.map(({ seq }) => ({ seq, code: 'NO', message: 'no' }));
      const taken = answer === 'accept' ? { accepted, rejected: [] } : { accepted: [], rejected };
      await recordAnswer(tx, scope, engine.deps.clock(), taken);
    });
  }
  await engine.act(() => closeRun(engine.deps, ref, { kind: 'finished' }));
  engine.pass(day);
  return { owed, fields: (await engine.run(ref)).counts.fields };
}

const memory = () =>
  engine.rows(
    sql<object>`select leg, hubspot_id, pendo_id, fields from sent_values order by leg, hubspot_id, pendo_id`,
  );

const ann = { id: 1, email: 'a@x.com' };

describe('another source wrote to the target meanwhile', () => {
  test('a visitor gets its own contact’s value back', async () => {
    const [one, two] = [
      { ...ann, jobtitle: 'first', days: '0' },
      { id: 2, email: 'z@x.com', jobtitle: 'second', days: '0' },
    ];
    expect((await runOn({ contacts: [one, two], visitors: [{ id: 'a@x.com' }] })).owed.pull).toEqual([
      'a@x.com jobtitle=first',
    ]);
    // For a day the address is somebody else's.
    const swapped = [
      { ...one, email: 'z@x.com' },
      { ...two, email: 'a@x.com' },
    ];
    expect((await runOn({ contacts: swapped, visitors: [{ id: 'a@x.com', jobtitle: 'first' }] })).owed.pull).toEqual([
      'a@x.com jobtitle=second',
    ]);
    const back = await runOn({ contacts: [one, two], visitors: [{ id: 'a@x.com', jobtitle: 'second' }] });
    expect(back.owed.pull).toEqual(['a@x.com jobtitle=first']);
    expect(back.fields?.pull).toEqual({ jobtitle: { written: 1 } });
    expect((await memory()).filter((row) => (row as { leg: string }).leg === 'pull')).toHaveLength(1);
  });

  test('a contact gets its own visitor’s figures back', async () => {
    const visitors = [
      { id: 'a@x.com', days: 3 },
      { id: 'b@x.com', days: 8 },
    ];
    await runOn({ contacts: [{ ...ann, days: null }], visitors });
    expect((await runOn({ contacts: [{ id: 1, email: 'b@x.com', days: '3' }], visitors })).owed.push).toEqual([
      `1 ${push}=8`,
    ]);
    const back = await runOn({ contacts: [{ ...ann, days: '8' }], visitors });
    expect(back.owed.push).toEqual([`1 ${push}=3`]);
    expect(back.fields?.push).toEqual({ [push]: { written: 1 } });
  });

  test('a value that it took from another source a moment ago counts as held', async () => {
    const visitors = [
      { id: 'a@x.com', days: 3 },
      { id: 'b@x.com', days: 3 },
    ];
    const settleMinutes = { hubspot: 10_000 };
    await runOn({ contacts: [{ ...ann, days: '0' }], visitors, config: { settleMinutes } });
    const moved = [{ id: 1, email: 'b@x.com', days: '0' }];
    expect((await runOn({ contacts: moved, visitors, config: { settleMinutes } })).owed.push).toEqual([]);
  });

  test('rows that the release before leaves for other pairs of the target count by the newest', async () => {
    const entry = (v: string, at: number, more: object = {}) =>
      JSON.stringify({ [push]: { v, at, c: false, ...more } });
    await engine.rows(sql`
      insert into sent_values (tenant_id, object, leg, hubspot_id, pendo_id, fields) values
        ('t1', 'visitor', 'push', 1, 'a@x.com', ${entry('3', 1)}::jsonb),
        ('t1', 'visitor', 'push', 1, 'b@x.com', ${entry('8', 2)}::jsonb)`);
    const run = await runOn({
      contacts: [{ ...ann, days: '8' }],
      visitors: [
        { id: 'a@x.com', days: 3 },
        { id: 'b@x.com', days: 8 },
      ],
    });
    expect(run.owed.push).toEqual([`1 ${push}=3`]);
    expect(await memory()).toMatchObject([{ leg: 'push', hubspot_id: '1', fields: { [push]: { v: '3' } } }]);
  });
});

test('a value that another property sent to the field counts as sent there', async () => {
  const field = 'hubspot_title';
  const [jobtitle, phone] = plan.pull as [PullPlan, PullPlan];
  const mapped = (property: PullPlan) => ({
    change: { plan: JSON.stringify({ ...plan, pull: [{ ...property, field }] }) },
    mapped: [{ ...property, field }],
  });
  const contacts = [{ ...ann, jobtitle: 'Lead', phone: 'Lead', days: '0' }];
  const settleMinutes = { pendo: 10_000 };
  const visitors = [{ id: 'a@x.com' }];
  const owes = async (property: PullPlan, change: object = {}) =>
    (await runOn({ contacts, visitors, config: { settleMinutes }, ...mapped(property), ...change })).owed.pull;
  expect(await owes(jobtitle)).toEqual(['a@x.com jobtitle=Lead']);
  // The vendor has taken this very value into this very field, and may not show it yet.
  expect(await owes(phone)).toEqual([]);
  const other = { contacts: [{ ...ann, jobtitle: 'Lead', phone: 'Boss', days: '0' }] };
  expect(await owes(phone, other)).toEqual(['a@x.com phone=Boss']);
  expect(await owes(jobtitle, other)).toEqual(['a@x.com jobtitle=Lead']);
  expect(await memory()).toMatchObject([{ fields: { jobtitle: { v: 'Lead' } } }]);
});

test('what a person approved is remembered like what any run sent', async () => {
  const contacts = [{ ...ann, jobtitle: 'Lead', days: '0' }];
  const reads = (jobtitle?: string) => ({ contacts, visitors: [{ id: 'a@x.com', jobtitle }] });
  await runOn(reads());
  const held = await runOn({ ...reads('lead'), answer: 'none' });
  expect(held.owed.pull).toHaveLength(1);
  const [run] = await engine.rows(sql<{ id: string }>`select max(id)::text as id from runs`);
  const approved = {
    tenantId: 't1',
    object: 'visitor',
    runId: run!.id,
    leg: 'pull',
    targets: targetsOf(plan, frozen),
  } as const;
  await engine.inTenant((tx) =>
    recordAnswer(tx, approved, engine.deps.clock(), {
      accepted: [{ seq: '1', kind: 'update', fields: { jobtitle: 'Lead' } }],
      rejected: [],
    }),
  );
  engine.pass(day);
  expect((await runOn(reads('lead'))).fields?.pull).toEqual({ jobtitle: { altered: 1 } });
});

describe('a value that reads back differently', () => {
  const contacts = [{ ...ann, jobtitle: 'Lead', days: '3' }];
  const reads = (jobtitle: string | undefined) => [{ id: 'a@x.com', jobtitle, days: 3 }];
  const owes = async (jobtitle: string | undefined, more: Partial<Day> = {}) =>
    (await runOn({ contacts, visitors: reads(jobtitle), ...more })).owed.pull;
  const lead = ['a@x.com jobtitle=Lead'];

  /** Sent twice, and read as `lead` both times. */
  async function altered() {
    expect(await owes(undefined)).toEqual(lead);
    expect(await owes('lead')).toEqual(lead);
    const third = await runOn({ contacts, visitors: reads('lead') });
    expect(third.owed.pull).toEqual([]);
    expect(third.fields?.pull).toEqual({ jobtitle: { altered: 1 } });
  }

  test('is sent a second time, and is then said to be stored differently', altered);

  test('on the push leg as well', async () => {
    const visitors = [{ id: 'a@x.com', days: 3 }];
    const spoilt = (days: string) => ({ contacts: [{ ...ann, days }], visitors });
    expect((await runOn(spoilt('0'))).owed.push).toEqual([`1 ${push}=3`]);
    expect((await runOn(spoilt('2'))).owed.push).toEqual([`1 ${push}=3`]);
    expect((await runOn(spoilt('2'))).fields?.push).toEqual({ [push]: { altered: 1 } });
    expect((await runOn(spoilt('1'))).owed.push).toEqual([`1 ${push}=3`]);
  });

  test('is owed again where another value is read than the one seen', async () => {
    await altered();
    expect(await owes('LEAD')).toEqual(lead);
    expect(await owes('LEAD')).toEqual([]);
    expect(await owes(undefined)).toEqual(lead);
    expect(await owes(undefined)).toEqual([]);
  });

  test('is tried again when the wanted value changes, and twice again', async () => {
    await altered();
    const changed = { contacts: [{ ...ann, jobtitle: 'Boss', days: '3' }] };
    expect(await owes('lead', changed)).toEqual(['a@x.com jobtitle=Boss']);
    expect(await owes('lead', changed)).toEqual(['a@x.com jobtitle=Boss']);
    expect(await owes('lead', changed)).toEqual([]);
  });

  test('is tried again once in each retry', async () => {
    await altered();
    const retry = { change: { trigger: 'retry' } };
    expect(await owes('lead', retry)).toEqual(lead);
    expect(await owes('lead')).toEqual([]);
    expect(await owes('lead', retry)).toEqual(lead);
  });

  test('is tried again once after each change of the mapping', async () => {
    await altered();
    const edited = { change: { config_version: 2 } };
    expect(await owes('lead', edited)).toEqual(lead);
    expect(await owes('lead', edited)).toEqual([]);
  });

  test('is tried again when thirty days have passed', async () => {
    await altered();
    // Three days have passed since the first send, and two since the last.
    engine.pass(27 * day);
    expect(await owes('lead')).toEqual([]);
    expect(await owes('lead')).toEqual(lead);
    expect(await owes('lead')).toEqual([]);
  });

  test('is drift, not altered, once it has been read back', async () => {
    expect(await owes(undefined)).toEqual(lead);
    expect(await owes('Lead')).toEqual([]);
    const drifted = await runOn({ contacts, visitors: reads('mine') });
    expect(drifted.fields?.pull).toEqual({ jobtitle: { written: 1, drift: 1 } });
    expect(await owes('Lead')).toEqual([]);
  });

  test('is seen only where it was taken a second time: a refused row proves nothing', async () => {
    expect(await owes(undefined)).toEqual(lead);
    expect(await owes('lead', { answer: 'reject' })).toEqual(lead);
    expect(await owes('lead', { answer: 'none' })).toEqual(lead);
    expect(await owes('lead')).toEqual(lead);
    expect(await owes('lead')).toEqual([]);
  });

  test('a dry run says what would be sent, and remembers nothing', async () => {
    expect(await owes(undefined)).toEqual(lead);
    const before = await memory();
    for (const jobtitle of ['lead', 'lead', 'Lead']) {
      await owes(jobtitle, { change: { dry_run: true } });
      expect(await memory()).toEqual(before);
    }
    expect(await owes('lead')).toEqual(lead);
  });

  test('in a delta, what was not read is neither seen, sent again nor reported', async () => {
    expect(await owes(undefined)).toEqual(lead);
    // Read before the settle time was over: it may only not have been readable yet.
    engine.pass(-day);
    expect(await owes('lead')).toEqual([]);
    const unread = await runOn({ contacts, visitors: reads('lead'), seen: ['hubspot:1'] });
    expect(unread.owed.pull).toEqual([]);
    expect(unread.fields?.pull).toEqual({});
    const read = await runOn({ contacts, visitors: reads('lead'), seen: ['pendo:a@x.com'] });
    expect(read.owed.pull).toEqual(lead);
    expect((await runOn({ contacts, visitors: reads('lead'), seen: ['pendo:a@x.com'] })).fields?.pull).toEqual({
      jobtitle: { altered: 1 },
    });
    expect((await runOn({ contacts, visitors: reads('lead'), seen: [] })).fields?.pull).toEqual({
      jobtitle: { altered: 1 },
    });
  });

  test('in a delta, what was refused before is still owed, and proves nothing unread', async () => {
    expect(await owes(undefined)).toEqual(lead);
    expect(await owes('lead', { answer: 'reject' })).toEqual(lead);
    expect(await owes('lead', { seen: [] })).toEqual(lead);
    expect(await owes('lead')).toEqual(lead);
    expect(await owes('lead')).toEqual([]);
  });
});

describe('a target that is gone takes its memory along', () => {
  const contacts = [{ ...ann, jobtitle: 'Lead', days: '3' }];
  const visitors = [{ id: 'a@x.com', days: 3, jobtitle: 'lead' }];
  const owes = async (there: Visitor[], change: object = {}, who: Contact[] = contacts) =>
    (await runOn({ contacts: who, visitors: there, change })).owed.pull;
  const lead = ['a@x.com jobtitle=Lead'];

  async function altered() {
    for (const times of [1, 1, 0]) expect(await owes(visitors)).toHaveLength(times);
  }

  test('when it is made anew under its old name, a difference is simply owed', async () => {
    await altered();
    expect(await owes([])).toEqual([]);
    expect(await owes(visitors)).toEqual(lead);
    expect(await owes(visitors)).toEqual(lead);
    expect(await owes(visitors)).toEqual([]);
  });

  test('and nothing of it stays', async () => {
    await altered();
    await owes([]);
    await owes([]);
    expect(await memory()).toEqual([]);
    await owes([], {}, []);
    await owes([], {}, []);
    expect(await memory()).toEqual([]);
  });

  test('a read that was held, or that never ended, takes nothing', async () => {
    await altered();
    const held = JSON.stringify([{ leg: 'pull', test: 'counts', subject: 'pendo', message: '', before: 1, now: 0 }]);
    const ref = await engine.openRun(config);
    await engine.read(ref, contacts, []);
    await engine.inTenant((tx) =>
      tx.updateTable('runs').set({ state: 'cancelled', held }).where('id', '=', ref.runId).execute(),
    );
    // A second one that reads no better, and then one that does.
    const again = await engine.openRun(config);
    await engine.act(() => settle(engine.deps, again));
    await engine.inTenant((tx) =>
      tx.updateTable('runs').set({ state: 'failed' }).where('id', '=', again.runId).execute(),
    );
    expect(await owes(visitors)).toEqual([]);
    expect(await owes(visitors)).toEqual([]);
  });
});

describe('a target that lost its match', () => {
  const clearing = { onLostMatch: 'clear' as const };

  test('is cleared whoever wrote there, and what a person writes afterwards stays', async () => {
    const one = { ...ann, jobtitle: 'Lead', days: '0' };
    const two = { id: 2, email: 'z@x.com', jobtitle: 'Lead', days: '0' };
    await runOn({ contacts: [one, two], visitors: [{ id: 'a@x.com' }], config: clearing });
    const swapped = [
      { ...one, email: 'z@x.com' },
      { ...two, email: 'a@x.com' },
    ];
    const there = [{ id: 'a@x.com', jobtitle: 'Lead' }];
    expect((await runOn({ contacts: swapped, visitors: there, config: clearing })).owed.pull).toEqual([]);
    const nobody = [{ ...one, email: 'z@x.com' }];
    expect((await runOn({ contacts: nobody, visitors: there, config: clearing })).owed.pull).toEqual([
      'a@x.com jobtitle=null',
    ]);
    const theirs = [{ id: 'a@x.com', jobtitle: 'their own' }];
    expect((await runOn({ contacts: nobody, visitors: theirs, config: clearing })).owed.pull).toEqual([]);
    // Matched again, it is ours again.
    expect((await runOn({ contacts: [one], visitors: theirs, config: clearing })).owed.pull).toEqual([
      'a@x.com jobtitle=Lead',
    ]);
  });
});
