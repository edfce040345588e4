/** Which field a name stands for today: another one may have taken its place since the run before. */
import type { OracleSetup, Side, Truth } from './contract.ts';
import { crmType } from './mapping.ts';
import { pullFields, pushProperties } from './names.ts';

/** Where a field stands. Of Pendo's, the group belongs to it. */
export function placeOf(side: Side, field: string, setup: OracleSetup): string {
  return side === 'pendo' ? `${setup.syncConfig.pendoGroup}.${field}` : field;
}

/** The two vendors' accounts that a tenant is connected to. */
export function accountsOf({ portal, subscription }: Truth): string {
  return JSON.stringify([portal.portalId, subscription.id]);
}

export const fieldKey = (side: Side, place: string): string => JSON.stringify([side, place]);

/** Every mapped target field by its key; undefined for one that is not there. */
export function identities(truth: Truth, setup: OracleSetup): Map<string, string | undefined> {
  const { object, syncConfig, resolvedFields } = setup;
  const found = new Map<string, string | undefined>();
  for (const name of pullFields(syncConfig, resolvedFields).values()) {
    const field = truth.subscription.schema[object][syncConfig.pendoGroup]?.[name];
    const identity = field && !field.isDeleted ? field.type : undefined;
    found.set(fieldKey('pendo', placeOf('pendo', name, setup)), identity);
  }
  for (const name of pushProperties(syncConfig, object)) {
    const property = truth.portal.properties[crmType(object)].find((it) => it.name === name && !it.archived);
    found.set(fieldKey('hubspot', name), property && `${property.createdAt} ${property.type}`);
  }
  return found;
}
