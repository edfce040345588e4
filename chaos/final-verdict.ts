/** At rest: what both sides hold, record by record, against what the oracle wants them to hold. */
import { canonical, read } from '../oracle/canonical.ts';
import { type Expectation, expect, expectedWrites, snapshot, type Truth } from '../oracle/index.ts';
import type { Finding } from './log-evidence.ts';
import { cell, type Model, placeOf, setupNow } from './model.ts';
import type { ChaosTenant } from './tenants.ts';

export interface FinalVerdict {
  records: number;
  findings: Finding[];
  /** Values that differ because a vendor or a person made them so unseen: reported by the product as altered, by the contract. */
  altered: number;
  expectations: Expectation[];
}

/** @param lastRuns instants of the last runs, by `world object` */
export async function judgeFinally(
  tenant: ChaosTenant,
  model: Model,
  adminUrl: string,
  lastRuns: ReadonlyMap<string, number>,
): Promise<FinalVerdict> {
  const truth = await snapshot(adminUrl, tenant.name);
  const verdict: FinalVerdict = { records: countRecords(truth, tenant), findings: [], altered: 0, expectations: [] };
  for (const object of tenant.objects) {
    const asOf = lastRuns.get(`${tenant.name} ${object}`) ?? truth.takenAt;
    const expectation = expect(truth, setupNow(tenant, object, tenant.configs[object], asOf));
    verdict.expectations.push(expect(truth, setupNow(tenant, object, tenant.full[object] as never, asOf)));
    if (expectation.status === 'paused' || expectation.status === 'failed') {
      verdict.findings.push({
        what: 'unrest',
        world: tenant.name,
        detail: `the oracle cannot say: ${expectation.reason}`,
      });
      continue;
    }
    for (const one of expectedWrites(expectation)) {
      const account = placeOf(one.side, tenant.name);
      const place = cell(object, account, one.id, one.field);
      if (model.overwritten.has(place)) {
        verdict.altered += 1;
        continue;
      }
      const held = canonical(read(kindOf(expectation, one.side, one.field), one.actual));
      // An earlier value that is still there was not delivered; one that was never wanted is worse.
      const lost =
        one.kind === 'missing' || held === null || model.wasWanted(object, account, one.id, one.field, held ?? null);
      verdict.findings.push({
        what: lost ? 'lost' : 'wrong',
        world: tenant.name,
        detail: `${place}: expected ${JSON.stringify(one.expected)}, holds ${JSON.stringify(one.actual)}`,
      });
    }
  }
  return verdict;
}

function countRecords(truth: Truth, { objects }: ChaosTenant): number {
  let records = 0;
  if (objects.includes('visitor')) records += truth.contacts.length + truth.visitors.length;
  if (objects.includes('account')) records += truth.companies.length + truth.accounts.length;
  return records;
}

function kindOf(expectation: Expectation, side: 'hubspot' | 'pendo', field: string) {
  return expectation.owned[side].find((one) => one.field === field)?.kind ?? 'string';
}
