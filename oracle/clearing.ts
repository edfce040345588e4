/** Which types of Pendo's cannot be cleared, as far as runs have found out: SEMANTICS 4, *Canaries*. */
import type { CanonicalKind, FieldExpectation, Memory, OracleSetup } from './contract.ts';
import type { VendorRules } from './vendor.ts';

const THIRTY_DAYS = 30 * 86_400_000;

/** As Pendo has them. */
export function pendoType(kind: CanonicalKind): string {
  if (kind === 'number' || kind === 'bool') return kind;
  return kind === 'date' || kind === 'datetime' ? 'time' : 'text';
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
