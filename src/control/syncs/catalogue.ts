/** What there is to choose from: asked of the vendors at the moment, and kept nowhere. */
import type { PropertyDefinition } from '../../hubspot/index.ts';
import type { SyncObject } from '../../sync/config.ts';
import { pendoPrefix } from '../../sync/field-names.ts';
import { pendoFieldNames } from '../../sync/mapping.ts';
import { metadataTypeOf } from '../../sync/metadata-value.ts';
import type { PushType } from '../../sync/types.ts';
import { canBeJoinKey, valueTypeOf } from '../../sync/value-types.ts';
import type { Caller } from '../caller.ts';
import { type Control, inTenant } from '../control.ts';
import { hubspotProperties, pendoSchema } from './definitions.ts';
import { type ListedPage, type PageQuery, pageOf } from './pendo-items.ts';

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

export interface CatalogueField {
  group: string;
  name: string;
  type: string;
  displayName: string;
  /** The HubSpot type that it would have; null: it cannot be pushed. */
  hubspotType: PushType | null;
}

/** Of every group. What Crosswalk pulls into Pendo cannot be pushed back. */
export async function listPendoFields(
  control: Control,
  caller: Caller,
  tenantId: string,
  object: SyncObject,
  query: Partial<PageQuery> = {},
): Promise<ListedPage<CatalogueField>> {
  await inTenant(control, caller, 'read', tenantId, async () => undefined);
  const { client } = await control.vendors.pendo(tenantId);
  const schema = await pendoSchema(client, object);
  const all = Object.entries(schema).flatMap(([group, fields]) =>
    Object.entries(fields)
      .filter(([, field]) => !field.isDeleted)
      .map(([name, field]): CatalogueField => {
        const hubspotType = name.startsWith(pendoPrefix) ? null : metadataTypeOf(field.type, 'date');
        return { group, name, type: field.type, displayName: field.displayName ?? name, hubspotType };
      }),
  );
  return pageOf(all, { limit: all.length || 1, ...query }, ({ group, name, displayName }) => [
    `${group}.${name}`,
    displayName,
  ]);
}
