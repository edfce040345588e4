/** The second wall: row-level security, under the role that the application works as. */
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/index.ts';
import type { Tables } from '../../src/db/schema.ts';
import { type FreshDatabase, freshDatabase } from '../setup/database.ts';

let fresh: FreshDatabase;
let db: Database;
/** Tables without a tenant: what the vendors' limits share, and the migrations' own. */
const withoutTenant = [
  'audit_feeds',
  'audit_start',
  'deployment_keys',
  'budgets',
  'budget_leases',
  'kysely_migration',
  'kysely_migration_lock',
  'later_migrations',
  'usage_days',
];

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDatabase({ url: fresh.url, maxConnections: 1 });
  for (const id of ['a', 'b']) {
    await db.platform((tx) => tx.insertInto('tenants').values({ id, external_id: null, name: id }).execute());
    await db.tenant(id, (tx) =>
      tx
        .insertInto('audit')
        .values({ tenant_id: id, actor: 'test', action: 'x', subject: 'x', request_id: null })
        .execute(),
    );
  }
});
afterAll(async () => {
  await db.close();
  await fresh.drop();
});

/** Tables that the wall does not stand around, for the owner as for the application. Partitions are tables too. */
async function outsideTheWall(within: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class c
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
      and not (relrowsecurity and relforcerowsecurity and exists (
        select from pg_policy where polrelid = c.oid and polname = 'tenant_wall' and 'crosswalk_app'::regrole = any(polroles)))
    order by 1`.execute(within);
  return rows.map(({ name }) => name);
}

test('every table is behind the wall, for its owner as well, except those that hold nothing of a tenant', async () => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(
    db.owner,
  );
  expect(rows[0]?.n).toBeGreaterThan(20);
  expect(await outsideTheWall(db.owner)).toEqual(withoutTenant.sort());
  // None of the exceptions says which tenant it is about.
  const named = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name ~ 'tenant' and table_name = any(${withoutTenant})`.execute(db.owner);
  expect(named.rows).toEqual([]);
});

test.each([
  ['without a policy', 'select 1'],
  ['whose owner may pass', 'alter table planted enable row level security'],
  ['with a policy for somebody else', 'create policy tenant_wall on planted to pg_monitor using (true)'],
])('a new table %s is found', async (_which, statement) => {
  const rolledBack = new Error('rolled back');
  await db.owner
    .transaction()
    .execute(async (tx) => {
      await sql`create table planted (tenant_id text not null)`.execute(tx);
      await sql.raw(statement).execute(tx);
      expect(await outsideTheWall(tx)).toContain('planted');
      throw rolledBack;
    })
    .catch((error: unknown) => expect(error).toBe(rolledBack));
});

test('the application is not the owner: it is no superuser and cannot pass over the wall', async () => {
  const { rows } = await db.tenant('a', (tx) =>
    sql<{ user: string; super: boolean; bypass: boolean }>`
      select current_user as user, rolsuper as super, rolbypassrls as bypass from pg_roles where rolname = current_user`.execute(
      tx,
    ),
  );
  expect(rows).toEqual([{ user: 'crosswalk_app', super: false, bypass: false }]);
});

test('a query without a condition sees one tenant only, on a connection that served another before', async () => {
  for (const id of ['a', 'b', 'a']) {
    const seen = await db.tenant(id, (tx) => tx.selectFrom('tenants').select('id').execute());
    expect(seen).toEqual([{ id }]);
  }
  // The pool has one connection: nothing of the transaction is left on it.
  const { rows } = await sql<{ tenant: string | null; platform: string | null; role: string }>`
    select nullif(current_setting('crosswalk.tenant', true), '') as tenant,
           nullif(current_setting('crosswalk.platform', true), '') as platform, current_user as role`.execute(db.owner);
  expect(rows[0]).toMatchObject({ tenant: null, platform: null });
  expect(rows[0]?.role).not.toBe('crosswalk_app');
});

test('a transaction that failed leaves no tenant on the connection either', async () => {
  await expect(db.tenant('a', (tx) => sql`select 1 / 0`.execute(tx))).rejects.toThrow();
  expect(await db.tenant('b', (tx) => tx.selectFrom('tenants').select('id').execute())).toEqual([{ id: 'b' }]);
});

test('a row cannot be written into, moved to, or deleted from another tenant', async () => {
  await expect(
    db.tenant('a', (tx) =>
      tx
        .insertInto('audit')
        .values({ tenant_id: 'b', actor: 'x', action: 'x', subject: 'x', request_id: null })
        .execute(),
    ),
  ).rejects.toThrow(/row-level security/);
  await expect(db.tenant('a', (tx) => tx.updateTable('tenants').set({ id: 'c' }).execute())).rejects.toThrow();
  const [removed] = await db.tenant('a', (tx) => tx.deleteFrom('tenants').where('id', '=', 'b').execute());
  expect(removed?.numDeletedRows).toBe(0n);
});

test('without a tenant the role sees nothing at all', async () => {
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  try {
    await client.query('set role crosswalk_app');
    for (const table of ['tenants', 'audit', 'secrets', 'runs']) {
      expect((await client.query(`select * from ${table}`)).rows).toEqual([]);
    }
    await client.query("set crosswalk.tenant = ''");
    expect((await client.query('select * from tenants')).rows).toEqual([]);
  } finally {
    await client.end();
  }
});

test('the audit trail can be added to, and neither changed nor removed', async () => {
  await expect(db.tenant('a', (tx) => tx.updateTable('audit').set({ actor: 'nobody' }).execute())).rejects.toThrow(
    /permission denied/,
  );
  await expect(db.platform((tx) => tx.deleteFrom('audit').execute())).rejects.toThrow(/permission denied/);
  await expect(db.platform((tx) => sql`truncate audit`.execute(tx))).rejects.toThrow(/permission denied/);
});
