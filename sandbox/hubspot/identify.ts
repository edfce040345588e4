import type { CrmType, RawPropertyDefinition } from '../contract.ts';
import type { HubSpotCall } from './call.ts';
import { badRequest, typeId } from './errors.ts';
import { visibleProperty } from './portal.ts';
import type { Slot } from './record-store.ts';
import { filedEmail } from './values.ts';

/** May records be named by this property? A contact's `email`, or a property made with unique values. */
export function isUnique(type: CrmType, definition: RawPropertyDefinition): boolean {
  return definition.hasUniqueValue || (type === 'contacts' && definition.name === 'email');
}

/** The live record that a reader finds under this value of a unique property, or -1. */
export function findBy(call: HubSpotCall, type: CrmType, property: string, value: string): Slot {
  const { hubspotEmailFolding } = call.portal.switches();
  const folding = hubspotEmailFolding === 'accentsOnWrite' ? 'none' : hubspotEmailFolding;
  const sought = property === 'email' ? filedEmail(value, folding) : value;
  return call.portal.records[type].find(property, sought);
}

/** The unique property of this name; HubSpot's 400 for any other. */
export function uniqueProperty(call: HubSpotCall, type: CrmType, name: string, verb = 'get'): RawPropertyDefinition {
  const definition = visibleProperty(call.portal, type, name);
  if (definition === undefined) throw badRequest(`Property "${name}" does not exist`);
  if (!isUnique(type, definition))
    throw badRequest(`Unable to perform ${verb} by non-unique ${typeId(type)} property ${name}`, {
      context: { propertyName: [name] },
    });
  return definition;
}
