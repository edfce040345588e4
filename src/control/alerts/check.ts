/**
 * Watches the state of each sync and alerts on changes only: a sync that fails every day causes one alert, and another
 * when it has recovered. Call it regularly, and when a run has closed; any number of processes may.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../../db/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import type { Control } from '../control.ts';
import { isOverdue, pausedByPerson, type SyncHealth, seenHealth } from '../fleet/health.ts';

export interface AlertBody extends Record<string, unknown> {
  /** The new standing, or `recovered`. */
  type: Exclude<SyncHealth, 'ok'> | 'recovered';
  tenantId: string;
  object: SyncObject;
  at: string;
  before: SyncHealth;
  run: string | null;
  message: string;
  fix: string | null;
}

interface Observed {
  tenant_id: string;
  object: SyncObject;
  state: SyncHealth;
  /** How it stood when it was last looked at; null: never. */
  known: SyncHealth | null;
  run_id: string | null;
  reason: { message?: string; fix?: string } | null;
}

/** So long a schedule may be out of step before somebody is alerted. */
const faultMinutes = 15;

/** @returns the alerts that were raised. */
export async function checkAlerts(
  control: Pick<Control, 'db' | 'clock' | 'log'>,
  tenantId?: string,
): Promise<AlertBody[]> {
  const work = async (tx: Tx): Promise<AlertBody[]> => {
    // One checker at a time, so that a change causes one alert.
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${`alerts:${tenantId ?? ''}`}, 0)) as free`.execute(tx);
    if (!rows[0]?.free) return [];
    const raised: AlertBody[] = [];
    for (const observed of await observe(tx, new Date(control.clock()), tenantId)) {
      const alert = await note(tx, observed, control.clock());
      if (alert !== undefined) raised.push(alert);
    }
    return raised;
  };
  const raised = tenantId === undefined ? await control.db.platform(work) : await control.db.tenant(tenantId, work);
  for (const alert of raised) {
    const { type, object, run, message } = alert;
    control.log.warn({ alert: { type, tenantId: alert.tenantId, object, run, message } }, 'alert');
  }
  return raised;
}

/** The syncs that are meant to run and stand otherwise than they were known to: one statement, however many there are. */
async function observe(tx: Tx, now: Date, tenantId: string | undefined): Promise<Observed[]> {
  const { rows } = await sql<Observed>`
    select seen.*, known.state as known from (
    select s.tenant_id, s.object, coalesce(last.id, closed.id)::text as run_id,
      case
        when s.state = 'paused' then s.reason
        when f.lasts then f.reason
        when last.state = 'held' then coalesce(last.reason, jsonb_build_object(
          'message', 'A guard held the run: it would have changed too much at once.',
          'fix', 'Look at what the run reports, then approve or cancel it.'))
        when closed.state = 'failed' then closed.reason
        when ${isOverdue(now)} then
          jsonb_build_object(
            'message', 'A full run has been due since ' || to_char(s.full_due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC and could not start.',
            'fix', 'See the run that stands in its way, in the list of runs: end its wait, or cancel it.')
        when closed.state = 'degraded' then closed.reason
      end as reason,
      ${seenHealth(now)} as state
    from syncs s
    join tenants n on n.id = s.tenant_id and n.state = 'active'
    left join alert_targets t on t.tenant_id = s.tenant_id
    -- A schedule that was refused stays so; anything else is tried again, and may pass.
    left join lateral (
      select reason, true as lasts from schedule_faults f where f.tenant_id = s.tenant_id and f.object = s.object
        and (f.reason ->> 'code' = 'SCHEDULE_REFUSED' or f.since < now() - make_interval(mins => ${faultMinutes}::int))) f on true
    left join lateral (
      -- Runs of one record say nothing of how the sync does, unless one waits for a person.
      select id, state, reason from runs r where r.tenant_id = s.tenant_id and r.object = s.object and not r.dry_run
        and (r.scope <> 'record' or r.state = 'held')
      order by id desc limit 1) last on true
    left join lateral (
      select id, state, reason from runs r
      where r.tenant_id = s.tenant_id and r.object = s.object and not r.dry_run and r.state in ('succeeded', 'degraded', 'failed')
        and r.scope <> 'record'
      order by id desc limit 1) closed on true
    left join lateral (
      select closed_at from runs r
      where r.tenant_id = s.tenant_id and r.object = s.object and not r.dry_run and r.state in ('succeeded', 'degraded')
        and r.scope <> 'record'
      order by id desc limit 1) good on true
    where (s.state = 'enabled' or (s.state = 'paused' and not ${pausedByPerson}))
      ${tenantId === undefined ? sql`` : sql`and s.tenant_id = ${tenantId}`}
    ) seen
    left join alert_states known on known.tenant_id = seen.tenant_id and known.object = seen.object
    where known.state is distinct from seen.state`.execute(tx);
  return rows;
}

async function note(tx: Tx, observed: Observed, now: number): Promise<AlertBody | undefined> {
  const { tenant_id, object, state, run_id } = observed;
  const before = observed.known ?? 'ok';
  const values = { state, since: new Date(now), run_id };
  // A run that closes is checked outside the regular round as well: the second check finds the change noted.
  const noted = await tx
    .insertInto('alert_states')
    .values({ tenant_id, object, ...values })
    .onConflict((on) =>
      on
        .columns(['tenant_id', 'object'])
        .doUpdateSet(values)
        .where('alert_states.state', 'is not distinct from', observed.known),
    )
    .returning('state')
    .executeTakeFirst();
  if (noted === undefined || before === state) return undefined;
  const body: AlertBody = {
    type: state === 'ok' ? 'recovered' : state,
    tenantId: tenant_id,
    object,
    at: new Date(now).toISOString(),
    before,
    run: run_id,
    message: observed.reason?.message ?? words[state],
    fix: observed.reason?.fix ?? null,
  };
  await tx
    .insertInto('alerts')
    .values({
      id: `msg_${randomUUID()}`,
      tenant_id,
      object,
      kind: body.type,
      body: JSON.stringify(body),
      created_at: new Date(now),
      next_attempt_at: new Date(now),
    })
    .execute();
  return body;
}

const words: Record<SyncHealth, string> = {
  ok: 'The sync runs well again.',
  held: 'A guard held the run.',
  degraded: 'The vendors refused more rows than is tolerated.',
  failed: 'The last run failed.',
  quiet: 'No run has succeeded for longer than is tolerated.',
  reconnect: 'A connection has to be made again.',
  stopped: 'The sync stopped and needs a person.',
  unscheduled: 'The schedule of the sync is not in force.',
};
