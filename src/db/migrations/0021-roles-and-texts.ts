/**
 * The application may sign in as a role of its own, which owns nothing: it gets what it did as the owner, the vendors' limits, and
 * may see which migrations were carried out. And the wall between tenants holds for the owner of the tables too, where that is no
 * superuser. The release before never works on these tables as their owner.
 *
 * `scrub_json` and `scrub_text` take what matches a pattern out of a text, and out of every text in a JSON value: names of a person
 * who is forgotten, where a vendor quoted them. A single word where
 * words of ours stand (`ours`) is only taken for a name that none of them can be (`plain`).
 *
 * Tables are locked in the order in which transactions take them.
 */
import { type Kysely, sql } from 'kysely';

const inOrder = [
  ...['tenants', 'connections', 'syncs', 'runs', 'run_fences', 'read_ranges'],
  ...['deliveries', 'hubspot_records', 'pendo_records', 'sent_values', 'outcomes'],
];

const functions = [
  `create function scrub_text(value text, names text) returns text language sql immutable parallel safe as $$
     select regexp_replace(value, names, '[forgotten]', 'gi') $$`,
  `create function scrub_json(value jsonb, names text, plain text, ours boolean) returns jsonb language plpgsql immutable parallel safe as $$
   begin
     case jsonb_typeof(value)
       when 'string' then
         return to_jsonb(scrub_text(value #>> '{}', case when ours and value #>> '{}' ~ '^\\w+$' then plain else names end));
       when 'array' then
         return (select coalesce(jsonb_agg(scrub_json(e, names, plain, ours) order by n), '[]')
                 from jsonb_array_elements(value) with ordinality x (e, n));
       when 'object' then
         return (select coalesce(jsonb_object_agg(
                   scrub_text(k, case when k ~ '^\\w+$' then plain else names end),
                   scrub_json(v, names, plain, ours or k = any(
                     '{code,leg,field,property,properties,object,vendor,kind,state,phase,action,by,at,side}'))), '{}')
                 from jsonb_each(value) x (k, v));
       else return value;
     end case;
   end $$`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of functions) await sql.raw(statement).execute(db);
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
