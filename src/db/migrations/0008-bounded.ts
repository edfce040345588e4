/**
 * What keeps one answer, and the audit trail, from growing without end.
 *
 * `cut_values` shows a value of any length in few bytes: evidence and previews are of values that a vendor lets be megabytes
 * long. Length and hash tell two long values apart that begin alike.
 *
 * The application may add to the audit trail and neither change nor remove what it says. What is older than its retention goes
 * through a function that can do only that, and leaves the last thirty days alone whatever it is told.
 */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create function cut_values(value jsonb, most integer) returns jsonb language plpgsql immutable parallel safe as $$
   begin
     if octet_length(value::text) <= most then return value; end if;
     case jsonb_typeof(value)
       when 'string' then
         return to_jsonb(left(value #>> '{}', most / 4) || '… (' || length(value #>> '{}') || ' characters, md5 ' || md5(value #>> '{}') || ')');
       when 'array' then
         return (select coalesce(jsonb_agg(cut_values(e, most) order by n), '[]') from jsonb_array_elements(value) with ordinality x (e, n));
       when 'object' then
         return (select coalesce(jsonb_object_agg(k, cut_values(v, most)), '{}') from jsonb_each(value) x (k, v));
       else return value;
     end case;
   end $$`,
  `create function prune_audit(older_than timestamptz, most integer) returns integer
   language sql security definer set search_path = pg_catalog, public as $$
     with gone as (
       delete from public.audit
       where id in (select id from public.audit order by id limit most) and at < least(older_than, now() - interval '30 days')
       returning 1)
     select count(*)::integer from gone $$`,
  'revoke execute on function prune_audit from public',
  'grant execute on function prune_audit to crosswalk_app',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
