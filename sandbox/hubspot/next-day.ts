import type { CrmType, NextDayRequest } from '../contract.ts';
import { random } from '../world/random.ts';
import { lagging } from './batch-write.ts';
import type { Portal } from './portal.ts';
import type { Slot } from './record-store.ts';

/** A working day at the customer's: most of the share changes, a sixth appears, a few are archived. */
export function nextDay(portal: Portal, request: NextDayRequest): { contacts: number; companies: number } {
  return { contacts: churn(portal, 'contacts', request), companies: churn(portal, 'companies', request) };
}

function churn(portal: Portal, type: CrmType, { seed, share }: NextDayRequest): number {
  const store = portal.records[type];
  const dice = random(seed, 'churn', type);
  const now = portal.clock.now();
  const keepShadow = lagging({ portal });
  const total = Math.round(store.count * Math.min(1, Math.max(0, share)));
  const arrivals = Math.floor(total / 6);
  const departures = Math.floor(total / 20);

  const touched = new Set<Slot>();
  let changed = 0;
  const pick = (): Slot | null => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const slot = dice.int(0, store.count - 1);
      if (store.isLive(slot) && !touched.has(slot)) {
        touched.add(slot);
        return slot;
      }
    }
    return null;
  };

  for (let n = 0; n < total - arrivals - departures; n++) {
    const slot = pick();
    if (slot !== null && store.write(slot, someChanges(portal, type, slot, dice), now, keepShadow)) changed++;
  }
  for (let n = 0; n < departures; n++) {
    const slot = pick();
    if (slot === null) continue;
    store.setArchived(slot, true, now, keepShadow);
    changed++;
  }
  const rows = Array.from({ length: arrivals }, (_, n) => ({ values: {}, planIndex: store.planned + n }));
  store.create(rows, now, keepShadow);
  store.planned += arrivals;
  return changed + arrivals;
}

/** One to three of the record's writable properties get the values of another person; one in ten is cleared. */
function someChanges(
  portal: Portal,
  type: CrmType,
  slot: Slot,
  dice: ReturnType<typeof random>,
): Record<string, string | null> {
  const names = churning[type].filter((name) => portal.properties[type].has(name));
  const changes: Record<string, string | null> = {};
  const store = portal.records[type];
  for (let n = dice.int(1, 3); n > 0; n--) {
    const name = dice.pick(names);
    const other = dice.int(0, store.count - 1);
    changes[name] = dice.chance(0.1) ? null : (store.value(other, name) ?? store.value(slot, name));
  }
  return changes;
}

/** What people edit. Keys are not among them: who matches whom changes by arrivals and departures only. */
const churning: Record<CrmType, string[]> = {
  contacts: [
    'firstname',
    'phone',
    'jobtitle',
    'city',
    'lifecyclestage',
    'hs_lead_status',
    'hubspotscore',
    'annual_spend',
    'seats',
    'is_champion',
    'contract_start',
    'closedate',
    'plan_tier',
    'product_interests',
    'bio',
    'call_notes',
  ],
  companies: [
    'phone',
    'industry',
    'lifecyclestage',
    'numberofemployees',
    'annualrevenue',
    'is_public',
    'city',
    'description',
    'health_score',
    'renewal_date',
    'account_tier',
    'products',
    'about',
  ],
};
