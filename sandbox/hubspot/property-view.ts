import type { RawPropertyDefinition } from '../contract.ts';
import type { ApiVersion } from './call.ts';

/** A definition as the properties API shows it. */
export function propertyView(definition: RawPropertyDefinition, version: ApiVersion): Record<string, unknown> {
  const { readOnlyValue, createdAt, updatedAt, ...shown } = definition;
  return {
    updatedAt: new Date(updatedAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
    ...shown,
    options: definition.options.map((option) => ({ description: '', ...option })),
    displayOrder: -1,
    externalOptions: false,
    formField: false,
    modificationMetadata: {
      archivable: !definition.hubspotDefined,
      readOnlyDefinition: definition.hubspotDefined,
      readOnlyValue,
      readOnlyOptions: definition.hubspotDefined,
    },
    ...(version === '2026-09' ? {} : { showCurrencySymbol: false }),
  };
}
