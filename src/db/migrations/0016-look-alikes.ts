/**
 * What is kept of keys beside the key itself and its folded form. None of it is indexed, and none is needed by the release
 * before: what that one writes leaves these columns as they were, and the next read of this one puts them right.
 */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

export async function up(db: Kysely<unknown>): Promise<void> {
  // Tables in the order in which deliveries take them.
  await sql`lock table deliveries, hubspot_records, pendo_records in access exclusive mode`.execute(db);
  // A creation that HubSpot was asked about, and found nobody under its key: what is there after that, an attempt of ours made.
  await sql`alter table deliveries add column asked boolean not null default false`.execute(db);
  await sql`
    alter table hubspot_records
      -- The key without what nobody sees; null where it is the folded key.
      add column loose_key text collate "C",
      -- What a creation in Pendo would use; null where it is the key.
      add column spelled_key text collate "C",
      -- Additional e-mails as folded; null where they are as in "aliases".
      add column folded_aliases text[] collate "C"`.execute(db);
  await sql`alter table pendo_records add column loose_key text collate "C"`.execute(db);
  // Names that were forgotten together are readmitted together: drawn at random for each person. Null: forgotten by the release before.
  await sql`alter table suppressions add column person text`.execute(db);
  // Keys that a vendor files under another record: not tried again until the key, or the configuration, is another.
  await sql`
    create table filed_elsewhere (
      tenant_id text not null,
      object text not null,
      leg text not null,
      source_id text collate "C" not null,
      key text collate "C" not null,
      config_version integer not null,
      primary key (tenant_id, object, leg, source_id)
    )`.execute(db);
  await wallOff(db, 'filed_elsewhere');
}
