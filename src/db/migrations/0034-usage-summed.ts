/** What vendors were asked in times that are over, summed once instead of for everybody who looks at a year of it. */
import { type Kysely, sql } from 'kysely';
import { wallOff } from './0001-core.ts';

const statements = [
  // Of all tenants together: numbers that name nobody.
  `create table usage_days (
     day date not null,
     vendor text not null,
     calls bigint not null,
     throttled bigint not null,
     written bigint not null,
     primary key (day, vendor)
   )`,
  `create table usage_months (
     tenant_id text not null references tenants,
     vendor text not null,
     -- Its first day.
     month date not null,
     calls bigint not null,
     throttled bigint not null,
     written bigint not null,
     primary key (tenant_id, vendor, month)
   )`,
  `create index usage_months_by_month on usage_months (month)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
  await wallOff(db, 'usage_months');
  await sql`grant select, insert, delete on usage_days to crosswalk_app`.execute(db);
}
