/** Asks the oracle whether the sandbox is exactly as the contract wants it. */
import { compare, expect, type Finding, type OracleSetup, type Truth } from '../oracle/index.ts';
import type { SyncObject } from '../src/sync/config.ts';
import type { DemoTenant } from './tenant.ts';

export function setupOf(
  tenant: DemoTenant,
  object: SyncObject,
  asOf: number,
  clear: 'null' | 'emptyString' | 'cannot' = 'null',
): OracleSetup {
  return { object, asOf, syncConfig: tenant.configs[object], pendo: { zone: tenant.world.zone, clear } };
}

export interface Verdict {
  records: number;
  findings: Finding[];
}

/** @param before the truth as it was when the runs began */
export function judge(before: Truth, after: Truth, setups: OracleSetup[]): Verdict {
  const expectations = setups.map((setup) => expect(before, setup));
  return {
    records: after.contacts.length + after.companies.length + after.visitors.length + after.accounts.length,
    findings: compare(after, before, expectations),
  };
}
