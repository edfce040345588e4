/** What a check of a configuration looks at, and what it says of a property that HubSpot does not have. */
import type { SyncConfig, SyncObject } from './config.ts';
import type { ItemNames } from './pendo-items.ts';
import type { HubSpotPropertyDefinition, PendoSchema, Problem } from './types.ts';

export interface MappingInput {
  object: SyncObject;
  config: SyncConfig;
  hubspotProperties: readonly HubSpotPropertyDefinition[];
  pendoSchema: PendoSchema;
  /** Pages, features, track types and segments as Pendo lists them. Kinds that are left out are not judged. */
  items?: ItemNames | undefined;
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

/** @param unknown.otherwise what to do where nothing in HubSpot is called nearly so */
export function unknownProperty(
  properties: Check['properties'],
  { code, path, name, otherwise }: { code: Problem['code']; path: string; name: string; otherwise: string },
): Problem {
  const other = meant(properties, name);
  const fix = other && `Write "${other}": internal names are lower case, and labels are not names.`;
  return {
    code,
    path,
    message: `HubSpot has no property ${name} that this connection can see.`,
    fix: fix ?? otherwise,
  };
}
