import type { RawPropertyDefinition } from '../contract.ts';

/** Makes the value that record `index` of the world starts with; null: none. Must be pure. */
export type ValueMaker = (index: number) => string | null;

/** A property that every generated portal has, with the values that its records start with. */
export interface PropertySpec {
  definition: RawPropertyDefinition;
  make?: ValueMaker;
}

type Extra = Partial<Omit<RawPropertyDefinition, 'options'>> & { options?: [value: string, label: string][] };

/** When HubSpot's own properties were made. */
const longAgo = Date.UTC(2019, 7, 6, 2, 41, 8);

/** `pair` is `type/fieldType`, or one word when both are the same. */
export function define(
  name: string,
  label: string,
  pair: string,
  groupName: string,
  extra: Extra = {},
  make?: ValueMaker,
): PropertySpec {
  const [type, fieldType] = pair.split('/') as [RawPropertyDefinition['type'], string];
  const { options, ...rest } = extra;
  const definition: RawPropertyDefinition = {
    name,
    label,
    type,
    fieldType: fieldType ?? type,
    groupName,
    description: '',
    options: (options ?? []).map(([value, text], displayOrder) => ({
      label: text,
      value,
      displayOrder,
      hidden: false,
    })),
    hasUniqueValue: false,
    calculated: false,
    hidden: false,
    hubspotDefined: true,
    readOnlyValue: false,
    dataSensitivity: 'non_sensitive',
    archived: false,
    createdAt: longAgo,
    updatedAt: longAgo,
    ...rest,
  };
  return make ? { definition, make } : { definition };
}

/** Extras of a property that somebody at the customer's made. */
export const custom: Extra = { hubspotDefined: false };
/** Extras of a property that HubSpot computes. */
export const computed: Extra = { readOnlyValue: true };
