/** The budgets that this process shares out: one for each limit of a vendor, whoever calls. */
import type { Database } from '../../db/index.ts';
import type { Budget } from '../../egress/index.ts';
import { createHubSpotBudget } from '../../hubspot/index.ts';
import { createPendoBudget } from '../../pendo/index.ts';

export interface VendorBudgets {
  hubspot(portalId: string, app: string, timeZone?: string): Budget;
  /** `keyName`: the subscription where it is known which that is, else the key. */
  pendo(keyName: string, aggregations: number): Budget;
}

export function createVendorBudgets(
  { pool }: Database,
  gate: ((runId: string) => Promise<string>) | undefined,
  heartbeatTimeoutMs: number | undefined,
): VendorBudgets {
  const budgets = new Map<string, Budget>();
  const budgetFor = (key: string, make: () => Budget): Budget => {
    let budget = budgets.get(key);
    if (budget === undefined) {
      budget = make();
      if (budgets.size > 10_000) budgets.clear();
      budgets.set(key, budget);
    }
    return budget;
  };
  // As soon as its steps are taken over, or a little later, a dead worker's calls are over too.
  const leaseMs = heartbeatTimeoutMs === undefined ? undefined : 2 * heartbeatTimeoutMs;
  return {
    hubspot: (portalId, app, timeZone = 'UTC') =>
      budgetFor(`hubspot ${portalId} ${app} ${timeZone}`, () =>
        createHubSpotBudget({ pool, portalId, app, timeZone, gate }),
      ),
    pendo: (keyName, aggregations) =>
      budgetFor(`pendo ${keyName} ${aggregations}`, () =>
        createPendoBudget({ pool, keyName, aggregations, leaseMs, gate }),
      ),
  };
}
