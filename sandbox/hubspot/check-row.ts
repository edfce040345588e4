import type { CrmType } from '../contract.ts';
import type { HubSpotCall } from './call.ts';
import { HubSpotError, invalidValues, type PropertyError } from './errors.ts';
import { isUnique } from './identify.ts';
import { visibleProperty } from './portal.ts';
import { mayRead } from './present.ts';
import type { Slot } from './record-store.ts';
import { checkValue, isEmail } from './values.ts';

/** How 2026-09 reports a value that it stored in another shape. */
export interface Warning {
  category: 'PROPERTY_VALUE_NORMALIZED';
  message: string;
  context: { propertyName: string[]; rawValue: string[]; normalizedValue: string[] };
}

/** A row that may be written. */
export interface CheckedRow {
  values: Record<string, string | null>;
  warnings: Warning[];
}

/** Properties named by any row that the object does not have: they fail the whole batch, whatever its trace ids. */
export function unknownProperties(
  call: HubSpotCall,
  type: CrmType,
  rows: { properties: Record<string, unknown> }[],
): PropertyError[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row.properties)));
  return [...names]
    .filter((name) => {
      const definition = visibleProperty(call.portal, type, name);
      return definition === undefined || !mayRead(call, type, definition);
    })
    .map((name) => ({ name, code: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` }));
}

/** Checks one row's values against definitions, uniqueness and (2026-09) the portal's own rules. `slot` -1: a creation. */
export function checkRow(
  call: HubSpotCall,
  type: CrmType,
  properties: Record<string, unknown>,
  slot: Slot,
): CheckedRow | { error: HubSpotError } {
  const { portal } = call;
  const store = portal.records[type];
  const lenient = call.version === '2026-09';
  const errors: PropertyError[] = [];
  const warnings: Warning[] = [];
  const values: Record<string, string | null> = {};
  for (const [name, sent] of Object.entries(properties)) {
    const definition = visibleProperty(portal, type, name);
    if (definition === undefined) continue;
    const held = slot < 0 ? null : store.value(slot, definition.name);
    const checked = checkValue(definition, sent, held, lenient, portal.switches());
    if ('error' in checked) {
      errors.push({ name, ...checked.error });
      continue;
    }
    if (slot < 0 && isEmail(definition) && portal.blockedEmails.has(checked.value ?? '')) {
      errors.push({ name, code: 'INVALID_EMAIL', message: `Email address ${checked.value} was deleted for good` });
      continue;
    }
    values[definition.name] = checked.value;
    if (checked.normalised) warnings.push(warning(name, checked.normalised));
    if (checked.value !== null && isUnique(type, definition)) {
      const holder = store.find(definition.name, checked.value);
      if (holder >= 0 && holder !== slot) return { error: conflict(type, String(store.ids[holder])) };
    }
  }
  if (lenient) errors.push(...brokenRules(call, type, values, slot));
  return errors.length ? { error: invalidValues(errors) } : { values, warnings };
}

function brokenRules(
  call: HubSpotCall,
  type: CrmType,
  values: Record<string, string | null>,
  slot: Slot,
): PropertyError[] {
  const after = (name: string) =>
    Object.hasOwn(values, name) ? values[name]! : slot < 0 ? null : call.portal.records[type].value(slot, name);
  return call.portal.validationRules
    .filter((rule) => rule.object === type && (rule.when ? after(rule.when.property) === rule.when.value : slot < 0))
    .filter((rule) => (after(rule.property) ?? '') === '')
    .map((rule) => ({
      name: rule.property,
      code: rule.when ? 'MISSING_CONDITIONAL_REQUIRED_PROPERTY' : 'MISSING_REQUIRED_PROPERTY',
      message: `Property "${rule.property}" is required`,
    }));
}

const warning = (name: string, { raw, value }: { raw: string; value: string }): Warning => ({
  category: 'PROPERTY_VALUE_NORMALIZED',
  message: `The value of "${name}" was stored as ${value}.`,
  context: { propertyName: [name], rawValue: [raw], normalizedValue: [value] },
});

/** Another record has this unique value. */
export const conflict = (type: CrmType, existingId: string) =>
  new HubSpotError(409, `${type === 'contacts' ? 'Contact' : 'Company'} already exists. Existing ID: ${existingId}`, {
    category: 'CONFLICT',
    context: { existingId: [existingId] },
  });
