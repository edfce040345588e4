/** Thousands of tenants at rest: what they cost by merely existing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { checkAlerts } from '../src/control/alerts/check.ts';
import type { Control } from '../src/control/control.ts';
import type { Database } from '../src/db/index.ts';
import { listRunning } from '../src/orchestration/sweeper.ts';
import { syncConfigSchema, syncObjects } from '../src/sync/config.ts';
import { type Figure, median } from './figures.ts';
import type { Ground } from './ground.ts';
import { secondsOf } from './spending.ts';

/** Each tenant has run for a month. */
const days = 30;

/** Only these get schedules: Temporal's development server keeps them in SQLite, and slows down with their number. */
const scheduled = 1000;
const watched = 10_000;

export async function benchFleet({ stack }: Ground): Promise<Figure[]> {
  const { control, client } = stack.services;
  await addTenants(control.db, 1, scheduled);
  const made = await secondsOf(() => control.schedules.reconcileAll());
  const unchanged = await secondsOf(() => control.schedules.reconcileAll());
  await addTenants(control.db, scheduled + 1, watched);
  // As PostgreSQL does by itself before long: without statistics the plans are those of an empty database.
  await control.db.pool.query('analyze');
  await allNoted(control);
  // The worker looks as well, and whoever comes second leaves it at that: one that is quick for this reason is outvoted.
  const looks: number[] = [];
  for (let n = 0; n < 5; n++) looks.push(await secondsOf(() => checkAlerts(control)));
  const running = await secondsOf(() => listRunning(client));
  return [
    { name: 'fleet.schedules', value: scheduled * syncObjects.length, unit: 'schedules' },
    { name: 'fleet.schedules.make', value: (made / scheduled / syncObjects.length) * 1000, unit: 'ms/schedule' },
    { name: 'fleet.schedules.unchanged', value: unchanged, unit: 's' },
    { name: 'fleet.tenants', value: watched, unit: 'tenants' },
    { name: 'fleet.alerts', value: median(looks), unit: 's' },
    { name: 'fleet.running', value: running, unit: 's' },
  ];
}

/** The first look notes how each sync stands, ours or the worker's; each later one finds it so. */
async function allNoted(control: Control): Promise<void> {
  for (;;) {
    await checkAlerts(control);
    const { rows } = await control.db.pool.query<{ n: number }>('select count(*)::int as n from alert_states');
    if (rows[0]!.n === watched * syncObjects.length) return;
    await sleep(100);
  }
}

async function addTenants(db: Database, from: number, to: number): Promise<void> {
  const config = JSON.stringify(syncConfigSchema.parse({ joinKey: { property: 'email' } }));
  await db.platform(async (tx) => {
    await sql`
      insert into tenants (id, name)
      select 'fleet' || n, 'One of many' from generate_series(${from}::int, ${to}::int) n`.execute(tx);
    await sql`
      insert into syncs (tenant_id, object, config, state)
      select 'fleet' || n, object, ${config}::jsonb, 'enabled'
      from generate_series(${from}::int, ${to}::int) n, unnest(${syncObjects}::text[]) object`.execute(tx);
    await sql`
      insert into runs (tenant_id, object, trigger, epoch, config, config_version, state, queued_at, opened_at, closed_at)
      select 'fleet' || n, object, 'daily', 1, ${config}::jsonb, 1, 'succeeded', at, at, at
      from generate_series(${from}::int, ${to}::int) n, unnest(${syncObjects}::text[]) object,
           generate_series(now() - make_interval(days => ${days - 1}::int), now(), interval '1 day') at`.execute(tx);
  });
}
