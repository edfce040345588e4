import type { HubSpotPropertyDefinition, PendoFieldDefinition } from '../../src/sync/types.ts';

/** Definitions as a portal and a subscription would have them, for the tests of mapping and plan. */
export function property(
  name: string,
  type = 'string',
  more: Partial<HubSpotPropertyDefinition> = {},
): HubSpotPropertyDefinition {
  return { name, label: `Label of ${name}`, type, fieldType: type === 'enumeration' ? 'select' : 'text', ...more };
}

export function field(type: string, more: Partial<PendoFieldDefinition> = {}): PendoFieldDefinition {
  return { type, displayName: '', isDeleted: false, ...more };
}
