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

/** Of a sync `s` that is paused: a credential is no longer accepted. */
export const needsReconnect = sql<boolean>`s.reason ->> 'code' in ('RECONNECT_NEEDED', 'BAD_REFRESH_TOKEN', 'BAD_HUB')`;

/** Of a sync `s`, its tenant `t` and its alert state `a`: what alerts know of it, and for those that are not switched on what their own state says. */
export const health = sql<Health>`
  case when s.state = 'draft' then 'draft'
       when s.state = 'disabled' or t.state = 'disabled' then 'disabled'
       when t.state = 'paused' then 'paused'
       when s.state = 'paused' and ${pausedByPerson} then 'paused'
       when s.state = 'paused' and ${needsReconnect} then 'reconnect'
       when s.state = 'paused' then 'stopped'
       when a.state in ('reconnect', 'stopped') then 'ok'
       else coalesce(a.state, 'ok') end`;
