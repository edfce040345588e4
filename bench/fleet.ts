/** Thousands of tenants at rest: what only their being there costs, whether they run or not. */
import { sql } from 'kysely';
import { checkAlerts } from '../src/control/alert-check.ts';
import type { Database } from '../src/db/index.ts';
import { listRunning } from '../src/orchestration/sweeper.ts';
import { syncConfigSchema } from '../src/sync/config.ts';
import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';

/** Each tenant syncs both objects, and has run for a month. */
const objects = ['visitor', 'account'];
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
  // The first look notes how each stands; each later one finds it so.
  await checkAlerts(control);
  const alerts = await secondsOf(() => checkAlerts(control));
  const running = await secondsOf(() => listRunning(client));
  return [
    { name: 'fleet.schedules', value: scheduled * objects.length, unit: 'schedules' },
    { name: 'fleet.schedules.make', value: (made / scheduled / objects.length) * 1000, unit: 'ms/schedule' },
    { name: 'fleet.schedules.unchanged', value: unchanged, unit: 's' },
    { name: 'fleet.tenants', value: watched, unit: 'tenants' },
    { name: 'fleet.alerts', value: alerts, unit: 's' },
    { name: 'fleet.running', value: running, unit: 's' },
  ];
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
      from generate_series(${from}::int, ${to}::int) n, unnest(${objects}::text[]) object`.execute(tx);
    await sql`
      insert into runs (tenant_id, object, trigger, epoch, config, config_version, state, queued_at, opened_at, closed_at)
      select 'fleet' || n, object, 'daily', 1, ${config}::jsonb, 1, 'succeeded', at, at, at
      from generate_series(${from}::int, ${to}::int) n, unnest(${objects}::text[]) object,
           generate_series(now() - make_interval(days => ${days - 1}::int), now(), interval '1 day') at`.execute(tx);
  });
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}
