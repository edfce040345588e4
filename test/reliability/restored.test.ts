/** The mirror is disposable, and an old backup is as good as a new one: one run later both sides are as they should be. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../../demo/stack.ts';
import { setupOf } from '../../demo/verdict.ts';
import { compare, expect as expectRun, snapshot } from '../../oracle/index.ts';
import { syncObjects } from '../../src/sync/config.ts';
import { expectAgreement } from '../e2e/expect-agreement.ts';
import { openStack } from '../e2e/open-stack.ts';
import { lastCall, type TestedTenant, testedTenant } from '../e2e/tested-tenant.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.stop());

const world = { contacts: 120, visitors: 130, companies: 40, accounts: 45 };
const sql = (text: string) => stack.services.control.db.pool.query(text);

const mirror = ['hubspot_records', 'pendo_records'];
/** What runs leave behind, parents first: a backup puts all of it back as it was. */
const state = ['runs', 'deliveries', 'outcomes', 'sent_values', ...mirror];

async function writesOf(tenant: TestedTenant, from: number): Promise<number> {
  const log = await tenant.log(from);
  return log.flatMap((call) => call.writes ?? []).length;
}

/** Those that the database does not work out itself. */
async function storedColumns(table: string): Promise<string> {
  const { rows } = await sql(
    `select string_agg(quote_ident(attname), ', ') as names from pg_attribute
     where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  );
  return rows[0]?.names;
}

describe('a database that has lost its memory', { timeout: 150_000 }, () => {
  test('the mirror truncated: one run rebuilds it and writes nothing that is there', async () => {
    const tenant = await testedTenant(stack, { world });
    expectAgreement(await tenant.round('enable'));
    await sql(`truncate ${mirror.join(', ')}`);
    const from = await lastCall(tenant);
    expectAgreement(await tenant.round());
    expect(await writesOf(tenant, from)).toBe(0);
    const { rows } = await sql('select count(*)::int as n from hubspot_records');
    expect(rows[0]?.n).toBeGreaterThan(100);
  });

  test('seven days old: one run converges, and every write is one that the oracle wants', async () => {
    const tenant = await testedTenant(stack, { world: { ...world, seed: 9 } });
    expectAgreement(await tenant.round('enable'));
    for (const table of state) await sql(`create table old_${table} as table ${table}`);
    for (let day = 1; day <= 7; day++) {
      await tenant.nextDay(0.02, day);
      if (day % 3 === 0) expectAgreement(await tenant.round());
    }
    for (const table of state.toReversed()) await sql(`delete from ${table}`);
    for (const table of state) {
      const columns = await storedColumns(table);
      await sql(`insert into ${table} (${columns}) overriding system value select ${columns} from old_${table}`);
    }
    await sql(`select setval(pg_get_serial_sequence('runs', 'id'), (select max(id) from runs))`);

    // What an old backup says was sent last is not what was. Temporal knows of later runs than this database does, so that is
    // forgotten, and every difference is simply owed: the oracle is asked without a memory too.
    const { rows: old } = await sql('select count(*)::int as n from sent_values');
    expect(old[0]?.n).toBeGreaterThan(0);
    const before = await tenant.seen();
    const from = await lastCall(tenant);
    const runs = await Promise.all(syncObjects.map((object) => tenant.start(object)));
    const ended = await Promise.all(runs.map((run) => tenant.ended(run)));
    expect(ended.map((run) => run.state)).toEqual(['succeeded', 'succeeded']);
    const after = await snapshot(stack.sandbox.adminUrl, tenant.name, { events: false });
    const expectations = ended.map((run) => expectRun(before, setupOf(tenant, run.object, Date.parse(run.asOf ?? ''))));
    expect(compare(after, before, expectations).slice(0, 10)).toEqual([]);
    const wanted = expectations.flatMap((one) => one.writes.filter((write) => write.accepted)).length;
    const sent = (await tenant.log(from)).flatMap((call) => call.writes ?? []).filter((write) => write.accepted);
    expect(sent.length).toBe(wanted);

    // Of the run before it the database knows again: what it sent is remembered.
    await tenant.ended(await tenant.start('visitor'));
    const { rows: kept } = await sql('select count(*)::int as n from sent_values');
    expect(kept[0]?.n).toBeGreaterThan(0);
  });
});
