/** A configuration against what both vendors define now. */
import type { HubSpotClient, PropertyDefinition } from '../../hubspot/index.ts';
import { crmTypeOf } from '../../hubspot/index.ts';
import type { PendoApp, PendoClient } from '../../pendo/index.ts';
import { definitionsOf, readItemNames } from '../../pendo/index.ts';
import { checkApps } from '../../sync/check-apps.ts';
import type { SyncConfig, SyncObject } from '../../sync/config.ts';
import { checkMapping } from '../../sync/mapping.ts';
import type { ItemNames } from '../../sync/pendo-items.ts';
import type { ItemKind } from '../../sync/push-mapping.ts';
import type { PendoSchema, Problem } from '../../sync/types.ts';
import { VendorError } from '../../sync/vendor-error.ts';
import type { Control } from '../control.ts';

export interface Definitions {
  /** Undefined: HubSpot is not connected or was not asked, so nothing can be said about its properties. */
  hubspot: PropertyDefinition[] | undefined;
  pendo: PendoSchema | undefined;
  /** Null: Pendo does not list them. Undefined: it was not asked. */
  apps: readonly PendoApp[] | null | undefined;
  /** Undefined: Pendo is not connected. Kinds that were not asked for are not in it. */
  items: ItemNames | undefined;
}

/** @throws VendorError when a connected vendor that is asked does not answer. */
export async function readDefinitions(
  control: Pick<Control, 'vendors'>,
  tenantId: string,
  object: SyncObject,
  /** Apps cost a call that most configurations have no use for. */
  asked: { hubspot: boolean; pendo: boolean; apps: boolean; items: readonly ItemKind[] },
): Promise<Definitions> {
  const readHubSpot = async () => (await control.vendors.hubspot(tenantId)).listProperties(crmTypeOf[object]);
  const readPendo = async () => pendoSchema((await control.vendors.pendo(tenantId)).client, object);
  const readApps = async () => (await control.vendors.pendo(tenantId)).client.apps();
  const readItems = async () => readItemNames((await control.vendors.pendo(tenantId)).client, asked.items);
  const [hubspot, pendo, apps, items] = await Promise.all([
    asked.hubspot ? ifConnected(readHubSpot) : undefined,
    asked.pendo ? ifConnected(readPendo) : undefined,
    asked.apps ? ifConnected(readApps) : undefined,
    asked.items.length > 0 ? ifConnected(readItems) : {},
  ]);
  return { hubspot, pendo, apps, items };
}

/** Problems that need a vendor's definitions are reported only where the vendor is connected. */
export function mappingProblems(object: SyncObject, config: SyncConfig, definitions: Definitions): Problem[] {
  const problems = checkMapping({
    object,
    config,
    hubspotProperties: definitions.hubspot ?? [],
    pendoSchema: definitions.pendo ?? {},
    items: definitions.items,
  });
  const { pendo: schema, apps: listed } = definitions;
  if (schema !== undefined && listed !== undefined) problems.push(...checkApps(config.apps, { listed, schema }));
  const unjudged: Problem['code'][] = [
    ...(definitions.hubspot === undefined ? (['JOIN_KEY_UNKNOWN', 'PROPERTY_UNKNOWN'] as const) : []),
    ...(schema === undefined ? (['METADATA_FIELD_UNKNOWN'] as const) : []),
  ];
  return problems.filter(({ code }) => !unjudged.includes(code));
}

export async function pendoSchema(client: PendoClient, object: SyncObject): Promise<PendoSchema> {
  return definitionsOf(await client.schema(object));
}

export function hubspotProperties(client: HubSpotClient, object: SyncObject): Promise<PropertyDefinition[]> {
  return client.listProperties(crmTypeOf[object]);
}

async function ifConnected<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof VendorError && (error.code === 'NOT_CONNECTED' || error.code === 'RECONNECT_NEEDED')) {
      return undefined;
    }
    throw error;
  }
}
