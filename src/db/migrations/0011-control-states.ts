/**
 * What a person is shown of the control plane's own work: schedules that are not as they should be, what receivers of alerts
 * answered, and which credential a connection stands on (as a fingerprint).
 */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // A row for as long as the schedule of a sync is not as its configuration says. The next reconciliation that works takes it away.
  `create table schedule_faults (
     tenant_id text not null references tenants,
     object text not null,
     reason jsonb not null,
     since timestamptz not null default now(),
     primary key (tenant_id, object)
   )`,
  // Hours of the longest time between two starts of the schedule, so that a weekly one is not taken for silent. Null: not known.
  `alter table syncs add column gap_hours integer`,
  // Tells credentials apart without holding one: who shares one shares its limits. Null: not used since there are fingerprints.
  `alter table connections add column credential text`,
  `create index connections_by_credential on connections (credential) where credential is not null`,
  `create index connections_by_portal on connections ((identity ->> 'portalId')) where vendor = 'hubspot'`,
  // What the receiver takes. Null: told from the address.
  `alter table alert_targets add column kind text`,
  // { at, status, answer, error } of the last attempt.
  `alter table alert_targets add column last_delivery jsonb`,
  `alter table alerts add column last_delivery jsonb`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await wallOff(db, 'schedule_faults');
}
