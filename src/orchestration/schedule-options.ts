/** A sync's schedule as Temporal is given it. */
import { createHash, randomUUID } from 'node:crypto';
import { type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import type { SyncConfig, SyncObject } from '../sync/config.ts';
import { parseCron, plainCron } from '../sync/cron.ts';
import { zoneName } from '../sync/zones.ts';
import { searchAttributes, syncId } from './names.ts';

export interface Wanted {
  tenantId: string;
  object: SyncObject;
  /** Of the daily run, or of the deltas between. */
  scope: 'full' | 'delta';
  schedule: SyncConfig['schedule'];
  paused: boolean;
}

export function scheduleId({ tenantId, object, scope }: Pick<Wanted, 'tenantId' | 'object' | 'scope'>): string {
  return scope === 'full' ? syncId(tenantId, object) : `${syncId(tenantId, object)}/delta`;
}

/** Of the configuration as it is stored, so that this version and the one before it agree on what is there. */
export function scheduleFingerprint({ schedule }: Wanted): string {
  return createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 16);
}

/** @throws CronError where the stored expression cannot be read. */
export function optionsOf(want: Wanted, taskQueue: string): ScheduleOptions {
  const { tenantId, object, scope, schedule, paused } = want;
  const daily = scope === 'full';
  return {
    scheduleId: scheduleId(want),
    spec: daily
      ? cronSpec(schedule)
      : { intervals: [{ every: `${schedule.deltaMinutes}m`, offset: `${phaseOf(want)}m` }] },
    // A delta that was missed is made good by the next one.
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: daily ? '6h' : '1m',
      pauseOnFailure: false,
    },
    state: { paused, ...(paused ? { note: 'paused in Crosswalk' } : {}) },
    memo: { spec: scheduleFingerprint(want), taskQueue },
    typedSearchAttributes: [
      { key: searchAttributes.tenant, value: tenantId },
      { key: searchAttributes.object, value: object },
    ],
    action: {
      type: 'startWorkflow',
      workflowType: 'scheduledSync',
      workflowId: `${daily ? 'daily' : 'delta'}/${tenantId}/${object}`,
      taskQueue,
      args: [{ tenantId, object, ...(daily ? {} : { scope }) }],
      workflowExecutionTimeout: '12h',
      staticSummary: `${daily ? 'daily' : 'delta'} start of ${object}`,
    },
  };
}

/** Paused from the start and of no tenant: it is there to be looked at, and starts nothing. */
export function trialOptions(schedule: SyncConfig['schedule'], taskQueue: string): ScheduleOptions {
  const id = `trial/${randomUUID()}`;
  return {
    scheduleId: id,
    spec: cronSpec(schedule),
    state: { paused: true, note: 'Crosswalk asks whether this schedule can be used' },
    memo: { taskQueue, at: Date.now() },
    action: { type: 'startWorkflow', workflowType: 'scheduledSync', workflowId: id, taskQueue, args: [] },
  };
}

/** Temporal wants zone names exactly as IANA spells them, and reads cron expressions a little differently than others do. */
function cronSpec({ cron, timeZone, jitterMinutes }: SyncConfig['schedule']) {
  return {
    cronExpressions: [plainCron(parseCron(cron))],
    timezone: zoneName(timeZone),
    jitter: `${jitterMinutes}m` as const,
  };
}

/** Spreads the tenants over the interval, in whole minutes. */
function phaseOf({ tenantId, object, schedule }: Wanted): number {
  const spread = createHash('sha256').update(`${tenantId}/${object}`).digest().readUInt32BE();
  return spread % (schedule.deltaMinutes ?? 1);
}
