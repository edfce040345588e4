/** No mass damage: docs/semantics.md, section 5, evaluated from counts. */
import type { SyncConfig } from './config.ts';
import type { Leg } from './legs.ts';

export type GuardSettings = SyncConfig['guards'];

/** Counts of one owned field over the matched pairs of a run. */
export interface FieldCounts {
  leg: Leg;
  field: string;
  /** Held values that are something. */
  something: number;
  /** Owed changes that would make one of those nothing. */
  toNothing: number;
}

export interface ReadCounts {
  hubspot: number;
  pendo: number;
  matched: number;
}

/** What a leg would create, against the matched pairs of the baseline; null: it had another `create`, or there is none. */
export interface CreationCounts {
  leg: Leg;
  creations: number;
  matchedBefore: number | null;
}

export type GuardTrip =
  | ({ guard: 'values' } & FieldCounts)
  | { guard: 'counts'; count: keyof ReadCounts; before: number; now: number }
  | { guard: 'creations'; leg: Leg; before: number; now: number };

/** The fields that would lose too much; each holds its own leg. */
export function valueGuard(fields: readonly FieldCounts[], settings: GuardSettings): GuardTrip[] {
  return fields
    .filter(
      ({ toNothing, something }) =>
        toNothing > settings.valueFloor && compareToShare(toNothing, something, settings.valueShare) > 0,
    )
    .map((counts) => ({ guard: 'values', ...counts }));
}

/** The counts that fell too far below the baseline; any of them holds both legs. No baseline, no test. */
export function countGuard(baseline: ReadCounts | null, now: ReadCounts, settings: GuardSettings): GuardTrip[] {
  if (!baseline) return [];
  return (['hubspot', 'pendo', 'matched'] as const)
    .filter(
      (count) =>
        baseline[count] >= settings.countFloor && compareToShare(now[count], baseline[count], settings.countShare) < 0,
    )
    .map((count) => ({ guard: 'counts', count, before: baseline[count], now: now[count] }));
}

/** The legs that would create too many; each is held on its own, in deltas as well. */
export function creationGuard(counts: readonly CreationCounts[], settings: GuardSettings): GuardTrip[] {
  // A configuration that was stored before there was this guard has no settings for it.
  const { creationShare = 0.1, creationFloor = 25 } = settings as Partial<GuardSettings>;
  return counts.flatMap(({ leg, creations, matchedBefore }): GuardTrip[] => {
    if (matchedBefore === null || creations <= creationFloor) return [];
    if (compareToShare(creations, matchedBefore, creationShare) <= 0) return [];
    return [{ guard: 'creations', leg, before: matchedBefore, now: creations }];
  });
}

/** Where the line was that a guard drew: the number up to which, or down to which, it would have let the run pass. */
export function guardLimit(
  { test, before }: { test: 'values' | 'counts' | 'creations'; before: number },
  settings: GuardSettings,
): number {
  const { creationShare = 0.1, creationFloor = 25 } = settings as Partial<GuardSettings>;
  switch (test) {
    case 'values':
      return before - Math.max(settings.valueFloor, mostOf(before, settings.valueShare));
    case 'counts':
      return before - mostOf(before, 1 - settings.countShare);
    case 'creations':
      return Math.max(creationFloor, mostOf(before, creationShare));
  }
}

/** The most that is not above the share. Shares have few decimals; doubles have many. */
function mostOf(whole: number, share: number): number {
  return Math.floor(Number((whole * share).toFixed(6)));
}

/** Rows that were refused, all of them and those that the run before was not refused already. */
export interface RejectedRows {
  rejected: number;
  matched: number;
  fresh: { sent: number; rejected: number };
}

/**
 * Did so many rows fail that the run is degraded rather than succeeded? What failed the day before fails again each day until a
 * person corrects it, and on a quiet day nothing else is sent: it counts against all pairs, and what is new against what was sent.
 */
export function isDegraded(rows: RejectedRows, settings: SyncConfig['degraded']): boolean {
  if (rows.rejected === 0) return false;
  const { sent, rejected } = rows.fresh;
  if (rejected > 0 && (rejected >= settings.rows || compareToShare(rejected, sent, settings.share) >= 0)) return true;
  return compareToShare(rows.rejected, rows.matched, settings.share) >= 0;
}

/**
 * Sign of `part − share × whole`, with the share taken as the decimal that a person wrote: in doubles 57 of 100 is more
 * than 0.57.
 */
function compareToShare(part: number, whole: number, share: number): number {
  const [digits = '0', exponent = '0'] = share.toExponential().split('e');
  const [units = '0', fraction = ''] = digits.split('.');
  const decimals = fraction.length - Number(exponent); // share = numerator / 10^decimals, and share ≤ 1
  const numerator = BigInt(units + fraction) * 10n ** BigInt(Math.max(0, -decimals));
  const difference = BigInt(part) * 10n ** BigInt(Math.max(0, decimals)) - numerator * BigInt(whole);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
