/** Which types of Pendo's cannot be cleared, as far as runs have found out: SEMANTICS 4, *Canaries*. */
import type { CanonicalKind, FieldExpectation, Memory, OracleSetup } from './contract.ts';
import type { VendorRules } from './vendor.ts';

const THIRTY_DAYS = 30 * 86_400_000;

/** As Pendo has them. */
export function pendoType(kind: CanonicalKind): string {
  if (kind === 'number' || kind === 'bool') return kind;
  return kind === 'date' || kind === 'datetime' ? 'time' : 'text';
}

/** Of each type, so many records at most go ahead. */
const mostAhead = 10;

/** Records at most that were tried, of these types of values that turned out not to be cleared: one for each value. */
export function triedAtMost(uncleared: readonly string[]): number {
  const types = new Map<string, number>();
  for (const type of uncleared) types.set(type, Math.min(mostAhead, (types.get(type) ?? 0) + 1));
  return [...types.values()].reduce((sum, count) => sum + count, 0);
}

/** Found out by a run before this one, not longer than thirty days ago. */
export function knownUncleared(kind: CanonicalKind, memory: Memory | undefined, { asOf }: OracleSetup): boolean {
  const found = memory?.uncleared?.get(pendoType(kind));
  return found !== undefined && asOf - found < THIRTY_DAYS;
}

/**
 * Does this run find it out? A null that is ignored: only where other values of the leg are read back, now or in a run before;
 * what is read back late says nothing. A null that is refused: where anything else is taken, now, or was read back in a run before.
 */
export function findsUncleared(
  records: Iterable<FieldExpectation[]>,
  { clear, switches }: VendorRules,
  memory: Memory | undefined,
): boolean {
  if (clear !== 'null' || switches.pendoNull === 'clear') return false;
  if (switches.pendoNull === 'ignore' && switches.pendoReadLagMs > 0) return false;
  if (memory?.readBack) return true;
  for (const fields of records) if (fields.some(({ owed, wanted }) => owed && wanted.state === 'value')) return true;
  return false;
}
