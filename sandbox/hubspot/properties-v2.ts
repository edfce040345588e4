import type { CrmType, RawPropertyDefinition } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import type { HubSpotCall } from './call.ts';
import { needSchemaRead, readable } from './properties.ts';

function propertyV2(definition: RawPropertyDefinition): Record<string, unknown> {
  const { name, label, description, groupName, fieldType, hidden, calculated, hubspotDefined, readOnlyValue } =
    definition;
  return {
    name,
    label,
    description,
    groupName,
    type: definition.type,
    fieldType,
    options: definition.options.map((option) => ({ ...option, description: '', readOnly: false, doubleData: 0 })),
    displayOrder: -1,
    formField: false,
    hidden,
    calculated,
    hubspotDefined,
    readOnlyValue,
    readOnlyDefinition: hubspotDefined,
    externalOptions: false,
    deleted: definition.archived,
    favorited: false,
    mutableDefinitionNotDeletable: false,
    createdAt: definition.createdAt,
    updatedAt: definition.updatedAt,
  };
}

/** `GET /properties/v2/{type}/properties` and its older sisters: a bare array. */
export function listPropertiesV2(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'listProperties';
  needSchemaRead(call, type);
  const properties = readable(call, type).map(propertyV2);
  call.info.records = properties.length;
  return jsonResponse(200, properties, call.info);
}
