/** What a check of a configuration looks at, and what it says of a property that HubSpot does not have. */
import type { SyncConfig, SyncObject } from './config.ts';
import type { HubSpotPropertyDefinition, PendoSchema } from './types.ts';

export interface MappingInput {
  object: SyncObject;
  config: SyncConfig;
  hubspotProperties: readonly HubSpotPropertyDefinition[];
  pendoSchema: PendoSchema;
}

export interface Check extends MappingInput {
  properties: ReadonlyMap<string, HubSpotPropertyDefinition>;
  /** HubSpot properties that this sync writes. */
  owned: ReadonlySet<string>;
}

/** A property that was probably meant: in another case, or by the label that HubSpot's pages show. */
function meant(properties: Check['properties'], name: string): string | undefined {
  const folded = name.trim().toLowerCase();
  const all = [...properties.values()];
  return (
    all.find((each) => each.name.toLowerCase() === folded) ?? all.find((each) => each.label?.toLowerCase() === folded)
  )?.name;
}

export function unknownFix(properties: Check['properties'], name: string, otherwise: string): string {
  const other = meant(properties, name);
  return other === undefined ? otherwise : `Write "${other}": internal names are lower case, and labels are not names.`;
}
