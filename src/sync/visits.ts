import { dayIn } from './clock.ts';
import { readInstant } from './instants.ts';
import { readKey } from './join-key.ts';
import type { Canon } from './types.ts';

/** One record's metadata as Pendo sends it: group to field to value. Groups may be missing or null. */
export type PendoMetadata = Record<string, Record<string, unknown> | null | undefined>;

/**
 * First and last visit, still as Pendo has them. With `apps`, the least and the greatest of the apps' own values: group
 * `auto__323232` belongs to app -323232 (default apps have negative ids), and a 0 there means "never".
 */
export function visits(
  metadata: PendoMetadata | null | undefined,
  apps: readonly number[] | null,
): { first: unknown; last: unknown } {
  if (!apps) return { first: metadata?.auto?.firstvisit, last: metadata?.auto?.lastvisit };
  const groups = apps.map((app) => metadata?.[`auto__${Math.abs(app)}`]);
  return {
    first: extreme(
      groups.map((group) => group?.firstvisit),
      (value, least) => value < least,
    ),
    last: extreme(
      groups.map((group) => group?.lastvisit),
      (value, greatest) => value > greatest,
    ),
  };
}

/** One value that cannot be read makes the answer unreadable: a least value that leaves one out may be wrong. */
function extreme(values: readonly unknown[], better: (value: number, best: number) => boolean): unknown {
  let best: number | null = null;
  for (const raw of values) {
    const value = visitInstant(raw);
    if (value === null) continue;
    if (typeof value !== 'number') return raw;
    if (best === null || better(value, best)) best = value;
  }
  return best;
}

/** A visit as HubSpot shall hold it: its day in the subscription's zone, or the instant. 0, null and absent are nothing. */
export function visitCanon(raw: unknown, zone: string, visitType: 'date' | 'datetime'): Canon {
  const ms = visitInstant(raw);
  if (typeof ms !== 'number') return ms;
  const day = dayIn(ms, zone);
  if (day.length !== 10) return { invalid: 'outOfRange' }; // local years -1 and 10000, which no zone's clock can show
  return visitType === 'datetime' ? String(ms) : day;
}

function visitInstant(raw: unknown): number | null | { invalid: 'notATime' | 'outOfRange' } {
  if (raw === null || raw === undefined || raw === '') return null;
  const ms = readInstant(raw);
  return ms === 0 ? null : (ms as number | { invalid: 'notATime' | 'outOfRange' });
}

/**
 * The accounts of a visitor: `auto.accountids`, a list or a text; only where that is absent, null or empty,
 * `auto.accountid`. Ids that cannot be keys (blank, poison) are left out: no account of ours can carry them, and
 * PostgreSQL could not hold some of them.
 */
export function accountsOfVisitor(auto: Record<string, unknown> | null | undefined): string[] {
  const ids = listed(auto?.accountids);
  const found = ids.length > 0 ? ids : listed(auto?.accountid);
  const usable = found.filter((id): id is string => readKey(id, 'exact').state === 'ok');
  return [...new Set(usable)];
}

function listed(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined || value === '' ? [] : [value];
}
