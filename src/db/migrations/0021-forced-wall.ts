/**
 * The application may sign in as a role of its own, which owns nothing: it gets what it did as the owner, the vendors' limits, and
 * may see which migrations were carried out. And the wall between tenants holds for the owner of the tables too, where that is no
 * superuser. The release before never works on these tables as their owner.
 *
 * Tables are locked in the order in which transactions take them.
 */
import { type Kysely, sql } from 'kysely';

const inOrder = [
  ...['tenants', 'connections', 'syncs', 'runs', 'run_fences', 'read_ranges'],
  ...['deliveries', 'hubspot_records', 'pendo_records', 'sent_values', 'outcomes'],
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, rights] of [
    ['budgets', 'select, insert, update, delete'],
    ['budget_leases', 'select, insert, update, delete'],
    ['kysely_migration', 'select'],
    ['kysely_migration_lock', 'select'],
    ['later_migrations', 'select'],
  ]) {
    await sql.raw(`grant ${rights} on ${table} to crosswalk_app`).execute(db);
  }
  // Everybody may by default, but a careful operator takes that away.
  await sql
    .raw(`do $$ begin execute format('grant temporary on database %I to crosswalk_app', current_database()); end $$`)
    .execute(db);
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relkind = 'r' and relnamespace = current_schema()::regnamespace and relrowsecurity and not relforcerowsecurity
    order by array_position(${inOrder}::name[], relname), relname`.execute(db);
  for (const { name } of rows) await sql`alter table ${sql.table(name)} force row level security`.execute(db);
}
