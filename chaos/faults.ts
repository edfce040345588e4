/** Faults of the sandbox, of every kind, each where a vendor or the way to it can have it. */
import type { Fault, FaultKind } from '../sandbox/contract.ts';
import type { Random } from '../sandbox/world/random.ts';

/** Always on, so that every run is long enough to be hit, and writes are longest on their way. */
export const slowness: readonly Fault[] = (['hubspot', 'pendo'] as const).flatMap((vendor) => [
  { vendor, kind: 'latency', ms: 20, jitter: true, seed: 1 },
  { vendor, kind: 'latency', ms: 120, jitter: true, seed: 2, route: '/batch/|/value' },
]);

const reads = '^GET |/aggregation|/search';
const writes = '/batch/(update|upsert)|/value';

/** Aggregations have more than five minutes before a time-out, so they are cut instead. */
const where: Partial<Record<FaultKind, string>> = {
  timeoutBefore: '^GET |/batch/|/value',
  timeoutAfter: writes,
  resetAfter: writes,
  noop200: writes,
  // A page is what is read; a write's reply cannot be an earlier one.
  repeatPage: reads,
  empty200: reads,
};

const kinds: readonly FaultKind[] = [
  'latency',
  'timeoutBefore',
  'timeoutAfter',
  'timeoutAfter',
  'reset',
  'resetAfter',
  'resetAfter',
  'status',
  'status',
  'status',
  'truncate',
  'slowBody',
  'empty200',
  'noBody200',
  'repeatPage',
  'noop200',
];

export function anyFault(dice: Random): Fault {
  const kind = dice.pick(kinds);
  const route = where[kind];
  const fault: Fault = { vendor: dice.pick(['hubspot', 'pendo']), kind, seed: dice.int(1, 1e9) };
  if (route !== undefined) fault.route = route;
  if (kind === 'latency') return { ...fault, ms: dice.int(50, 400), jitter: true, count: dice.int(5, 30) };
  if (kind === 'slowBody') return { ...fault, ms: dice.int(200, 1500), count: dice.int(1, 5) };
  if (kind !== 'status') return { ...fault, after: dice.int(0, 3), count: dice.int(1, 3) };
  const status = dice.pick([429, 429, 500, 500, 502, 503, 504, 477, 423, 401, 403]);
  // Without a time of its own, a portal that moves is left alone for an hour: the round would go on without it.
  const retryAfter = status === 429 || status === 503 ? dice.int(0, 2) : status === 477 ? 2 : 0;
  return { ...fault, status, count: dice.int(1, 6), ...(retryAfter > 0 ? { retryAfter } : {}) };
}

/** Faults in which a vendor gives a false answer: what follows from it is written in good faith, and repaired by the next run. */
export const lies: ReadonlySet<FaultKind> = new Set<FaultKind>(['empty200', 'repeatPage', 'noop200']);
