/**
 * The audit trail as chains: one for each tenant, and one for what belongs to no tenant. Each entry has a link with its place and
 * a hash over the link before it and the entry, so that an entry that was changed, removed or put in between is found.
 *
 * Links are made when the transaction commits (a deferred trigger): the chain's lock is the last thing that a transaction takes,
 * and nobody waits for whoever holds it for longer than a commit takes. Entries of the release before get theirs as well.
 *
 * Whoever owns the database can calculate every hash anew. So the heads are signed now and then with a key that is stored under
 * the encryption key of the environment only (`deployment_keys`). The same row shows at a start whether that key is the right one.
 */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // Keys of the deployment itself, wrapped as the tenants' data keys are.
  `create table deployment_keys (
     name text primary key,
     kek_id text not null,
     wrapped bytea not null,
     created_at timestamptz not null default now()
   )`,
  `alter table deployment_keys enable row level security`,
  `alter table deployment_keys force row level security`,
  `create policy platform_only on deployment_keys to crosswalk_app
     using ((select current_setting('crosswalk.platform', true)) = 'on')`,
  `grant select, insert, update on deployment_keys to crosswalk_app`,

  `create table audit_links (
     audit_id bigint primary key,
     -- The chain. Null: what belongs to no tenant.
     tenant_id text,
     seq bigint not null,
     hash bytea not null
   )`,
  `create unique index audit_links_of_chain on audit_links (coalesce(tenant_id, ''), seq)`,

  // Signatures of heads, and of the last entry that pruning removed: the chain is checked from there.
  `create table audit_checkpoints (
     id bigint generated always as identity primary key,
     tenant_id text,
     seq bigint not null,
     kind text not null check (kind in ('head', 'pruned')),
     hash bytea not null,
     signature bytea not null,
     at timestamptz not null default now()
   )`,
  `create index audit_checkpoints_of_chain on audit_checkpoints (coalesce(tenant_id, ''), seq)`,

  // Entries up to this one are older than the chains.
  `create table audit_start (audit_id bigint not null)`,
  `insert into audit_start select coalesce(max(id), 0) from audit`,
  `alter table audit_start enable row level security`,
  `alter table audit_start force row level security`,
  `create policy readable on audit_start for select to crosswalk_app using (true)`,
  `grant select on audit_start to crosswalk_app`,

  // What is hashed, and exported as it is. jsonb has one way to write a value, and the time has no zone of a session in it.
  `create function audit_entry(a audit) returns text language sql stable parallel safe as $$
     select jsonb_build_object(
       'id', a.id, 'at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'tenantId', a.tenant_id,
       'actor', a.actor, 'action', a.action, 'subject', a.subject, 'before', a.before, 'after', a.after,
       'requestId', a.request_id)::text $$`,
  `create function link_audit() returns trigger language plpgsql as $$
   declare
     last audit_links;
   begin
     -- All chains of the transaction in one order, so that two that write to the same ones do not lock each other out.
     perform pg_advisory_xact_lock(hashtextextended('audit:' || c.chain, 0)) from (
       select distinct coalesce(a.tenant_id, '') as chain from audit a
       where a.id >= new.id and a.xmin = pg_current_xact_id()::xid order by 1) c;
     -- What a savepoint wrote is not among them.
     perform pg_advisory_xact_lock(hashtextextended('audit:' || coalesce(new.tenant_id, ''), 0));
     select * into last from audit_links where coalesce(tenant_id, '') = coalesce(new.tenant_id, '') order by seq desc limit 1;
     insert into audit_links (audit_id, tenant_id, seq, hash)
     values (new.id, new.tenant_id, coalesce(last.seq, 0) + 1,
             sha256(coalesce(last.hash, ''::bytea) || convert_to(audit_entry(new), 'UTF8')));
     return null;
   end $$`,
  `create constraint trigger audit_is_linked after insert on audit
     deferrable initially deferred for each row execute function link_audit()`,

  // The beginning of a chain, up to the first entry that is younger. The last link that went stays, for the next to build on.
  `create function prune_audit_chain(chain text, older_than timestamptz, most integer,
     out pruned integer, out last_seq bigint, out last_hash bytea)
   language plpgsql security definer set search_path = pg_catalog, public as $$
   begin
     pruned := 0;
     with first as (
       select l.seq, a.at from public.audit_links l join public.audit a on a.id = l.audit_id
       where coalesce(l.tenant_id, '') = chain order by l.seq limit most)
     select max(f.seq) into last_seq from first f
     where f.at < least(older_than, now() - interval '30 days')
       and not exists (select from first y where y.seq < f.seq and y.at >= least(older_than, now() - interval '30 days'));
     if last_seq is null then return; end if;
     delete from public.audit a using public.audit_links l
     where a.id = l.audit_id and coalesce(l.tenant_id, '') = chain and l.seq <= last_seq;
     get diagnostics pruned = row_count;
     select hash into last_hash from public.audit_links where coalesce(tenant_id, '') = chain and seq = last_seq;
     delete from public.audit_links where coalesce(tenant_id, '') = chain and seq < last_seq;
     delete from public.audit_checkpoints where coalesce(tenant_id, '') = chain and seq < last_seq;
   end $$`,
  'revoke execute on function prune_audit_chain from public',
  'grant execute on function prune_audit_chain to crosswalk_app',

  // Entries that are older than the chains. The release before calls it for all: in the midst of a chain it removes nothing.
  `create or replace function prune_audit(older_than timestamptz, most integer) returns integer
   language sql security definer set search_path = pg_catalog, public as $$
     with gone as (
       delete from public.audit
       where id in (select id from public.audit where id <= (select max(audit_id) from public.audit_start) order by id limit most)
         and at < least(older_than, now() - interval '30 days')
       returning 1)
     select count(*)::integer from gone $$`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (const table of ['audit_links', 'audit_checkpoints']) {
    await wallOff(db, table);
    await sql.raw(`alter table ${table} force row level security`).execute(db);
    await sql.raw(`revoke update, delete on ${table} from crosswalk_app`).execute(db);
  }
}
