import type { RawCalculation } from '../contract.ts';
import { define } from './define.ts';
import type { Portal } from './portal.ts';
import type { RecordStore, Slot } from './record-store.ts';

const day = 86_400_000;
const groups = { contacts: 'contactinformation', companies: 'companyinformation' };

/** Replaces what the portal works out by itself; properties that are not there yet are made. */
export function setCalculations(portal: Portal, calculations: RawCalculation[]): void {
  portal.calculations = calculations;
  for (const type of ['contacts', 'companies'] as const) {
    const store = portal.records[type];
    store.calculated.clear();
    for (const { object, property, formula } of calculations) {
      if (object !== type) continue;
      store.calculated.set(
        property,
        reader(store, formula, () => portal.clock.now()),
      );
      if (portal.properties[type].has(property)) continue;
      const extra = { calculated: true, readOnlyValue: true, hubspotDefined: false };
      const { definition } = define(property, property, 'number/calculation_equation', groups[type], extra);
      portal.properties[type].set(property, definition);
    }
  }
}

function reader(
  store: RecordStore,
  formula: RawCalculation['formula'],
  now: () => number,
): (slot: Slot) => string | null {
  if ('daysSince' in formula) {
    return (slot) => {
      const value = store.reader(formula.daysSince)(slot);
      const at = value === null ? Number.NaN : Date.parse(value);
      return Number.isFinite(at) ? String(Math.floor((now() - at) / day)) : null;
    };
  }
  return (slot) => {
    const values = formula.sum.map((name) => store.reader(name)(slot)).filter((value) => value !== null);
    const sum = values.reduce((total, value) => total + Number(value), 0);
    return values.length > 0 && Number.isFinite(sum) ? String(sum) : null;
  };
}
