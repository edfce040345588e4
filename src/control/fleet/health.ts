/** How a sync is doing, in one word: for the fleet, and for what waits for a person. */
import { sql } from 'kysely';

/** Worst first; the order of the list. */
export const healths = [
  'stopped',
  'reconnect',
  'held',
  'failed',
  'unscheduled',
  'quiet',
  'degraded',
  'paused',
  'ok',
  'draft',
  'disabled',
] as const;
export type Health = (typeof healths)[number];

/** Of a sync `s` that is paused: a person did it, and is not waited for. */
export const pausedByPerson = sql<boolean>`s.reason ->> 'code' = 'PAUSED_BY_PERSON'`;

/** Of a sync `s` that is paused, and not by a person: a credential is no longer accepted, or something else stopped it. */
const stopped = sql`
  case when s.reason ->> 'code' in ('RECONNECT_NEEDED', 'BAD_REFRESH_TOKEN', 'BAD_HUB') then 'reconnect' else 'stopped' end`;

/** What alerts watch: the health of a sync that is meant to run, as far as alerts have noted it. */
export type SyncHealth = Exclude<Health, 'paused' | 'draft' | 'disabled'>;

/** A first run gets this long before its absence is a silence. */
const defaultQuietHours = 36;
/** So much later than its schedule has it a run may still end, or half the time between two runs where that is less. */
const longestDelayHours = 12;

const quietHours = sql`coalesce(t.quiet_hours, ${defaultQuietHours}::int)`;

/** Of a sync `s` with its alert target `t`: a full run has been due for so long that its absence is a silence. */
export function isOverdue(now: Date) {
  return sql<boolean>`s.full_due_at < ${now}::timestamptz - make_interval(hours => ${quietHours})`;
}

/**
 * As it is seen now. Of a sync `s` that is enabled, or paused by no person; its alert target `t`, its schedule's fault `f`, and
 * its `last` run, the last that `closed` and the last `good` one.
 */
export function seenHealth(now: Date) {
  return sql<SyncHealth>`
    case when s.state = 'paused' then ${stopped}
         when f.lasts then 'unscheduled'
         when last.state = 'held' then 'held'
         when closed.state = 'failed' then 'failed'
         when ${isOverdue(now)} then 'quiet'
         when coalesce(good.closed_at, s.updated_at) < ${now}::timestamptz - make_interval(hours => greatest(
           ${quietHours}, s.gap_hours + least(s.gap_hours / 2, ${longestDelayHours}::int))) then 'quiet'
         when closed.state = 'degraded' then 'degraded'
         else 'ok' end`;
}

/**
 * As lists show it. Of any sync `s`, its tenant `t` and its alert state `a`: what alerts have noted, and what the sync's own state
 * says where it is not meant to run or has stopped since.
 */
export const health = sql<Health>`
  case when s.state = 'draft' then 'draft'
       when s.state = 'disabled' or t.state = 'disabled' then 'disabled'
       when t.state = 'paused' then 'paused'
       when s.state = 'paused' and ${pausedByPerson} then 'paused'
       when s.state = 'paused' then ${stopped}
       when a.state in ('reconnect', 'stopped') then 'ok'
       else coalesce(a.state, 'ok') end`;
