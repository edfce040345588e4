/** What each tenant has used of its vendors' limits, day by day; and e-mail addresses that alerts go to. */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // Days are UTC's. Added to every few seconds by whichever process made the calls.
  `create table vendor_usage (
     tenant_id text not null references tenants,
     vendor text not null,
     day date not null,
     calls bigint not null default 0,
     -- Refused by the vendor for coming too often.
     throttled bigint not null default 0,
     -- Records written there by runs that ended on this day.
     written bigint not null default 0,
     -- The vendor's own figures, as it last gave them on this day: calls a day, and how many everybody had made by then.
     day_limit bigint,
     day_used bigint,
     primary key (tenant_id, vendor, day)
   )`,
  `create index vendor_usage_by_day on vendor_usage (day)`,
  `create table alert_recipients (
     tenant_id text not null references tenants,
     id text not null,
     email text not null,
     added_by text not null,
     added_at timestamptz not null,
     -- When somebody who reads mail at this address agreed. Null: not yet, and nothing else is sent there.
     confirmed_at timestamptz,
     -- Of the last mail that asked for it.
     asked_at timestamptz,
     last_delivery jsonb,
     primary key (tenant_id, id),
     unique (tenant_id, email)
   )`,
  `create index alerts_by_time on alerts (created_at)`,
  `create table alert_mails (
     tenant_id text not null,
     alert_id text not null references alerts on delete cascade,
     recipient text not null,
     attempts integer not null default 0,
     next_attempt_at timestamptz,
     delivered_at timestamptz,
     last_error text,
     primary key (tenant_id, alert_id, recipient),
     foreign key (tenant_id, recipient) references alert_recipients on delete cascade
   )`,
  `create index alert_mails_due on alert_mails (next_attempt_at) where next_attempt_at is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (const table of ['vendor_usage', 'alert_recipients', 'alert_mails']) await wallOff(db, table);
}
