/** What the vendors make of a row, under the world's switches: SEMANTICS 8. */
import type { Switches } from '../sandbox/contract.ts';
import type { Canonical, CanonicalKind, OracleSetup, Side } from './contract.ts';

export interface VendorRules {
  switches: Switches;
  clear: OracleSetup['pendo']['clear'];
}

/** Whether the row is taken. A refused one changes nothing: the row is the unit. */
export function rowAccepted(side: Side, values: Canonical[], rules: VendorRules): boolean {
  const clears = values.includes(null);
  return !(side === 'pendo' && clears && rules.clear === 'null' && rules.switches.pendoNull === 'error');
}

/** What an accepted value is stored as. */
export function stored(side: Side, kind: CanonicalKind, value: Canonical, rules: VendorRules): Canonical | 'untouched' {
  if (side === 'pendo') {
    const ignored = value === null && rules.clear === 'null' && rules.switches.pendoNull === 'ignore';
    return ignored ? 'untouched' : value;
  }
  if (kind === 'number' && typeof value === 'number' && rules.switches.hubspotNormalise === 'roundNumbers') {
    return Math.round(value) + 0;
  }
  return value;
}
