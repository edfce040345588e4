/** What there is to choose from: asked of the vendors at the moment, and kept nowhere. */
import type { PropertyDefinition } from '../../hubspot/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { pendoFieldNames } from '../../sync/mapping.ts';
import { canBeJoinKey, valueTypeOf } from '../../sync/value-types.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { hubspotProperties, pendoSchema } from './definitions.ts';

export interface CatalogueProperty extends PropertyDefinition {
  /** Has a counterpart in Pendo. */
  canBePulled: boolean;
  canBeJoinKey: boolean;
  /** The Pendo field that it becomes when the mapping names none. */
  pendoField: string;
}

export async function listHubSpotProperties(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
): Promise<CatalogueProperty[]> {
  await inTenant(control, caller, 'read', tenantId, async () => undefined);
  const definitions = await hubspotProperties(await control.vendors.hubspot(tenantId), object);
  const visible = definitions.filter((definition) => !definition.archived && !definition.hidden);
  const names = pendoFieldNames(visible.map(({ name }) => name));
  return visible.map((definition) => ({
    ...definition,
    canBePulled: valueTypeOf(definition) !== null && valueTypeOf(definition) !== undefined,
    canBeJoinKey: canBeJoinKey(definition),
    pendoField: names[definition.name]!,
  }));
}

export async function listPendoFields(control: Control, caller: Caller, tenantId: string, object: SyncObject) {
  await inTenant(control, caller, 'read', tenantId, async () => undefined);
  const { client } = await control.vendors.pendo(tenantId);
  const schema = await pendoSchema(client, object);
  return Object.entries(schema).flatMap(([group, fields]) =>
    Object.entries(fields)
      .filter(([, field]) => !field.isDeleted)
      .map(([name, field]) => ({ group, name, type: field.type, displayName: field.displayName ?? name })),
  );
}
