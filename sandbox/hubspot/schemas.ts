import type { CrmType } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { type HubSpotCall, needScope } from './call.ts';
import { typeId, typeName } from './errors.ts';
import { isUnique } from './identify.ts';
import { readable } from './properties.ts';
import { propertyView } from './property-view.ts';

const anySchemaScope = ['contacts', 'companies'].flatMap((type) => [
  `crm.schemas.${type}.read`,
  `crm.objects.${type}.read`,
]);

/** `GET /crm/v3/schemas`: the portal's custom objects. It has none. */
export function listSchemas(call: HubSpotCall): VendorResponse {
  call.info.operation = 'listSchemas';
  needScope(call, ...anySchemaScope);
  return jsonResponse(200, { results: [] }, call.info);
}

/** `GET /crm/v3/schemas/{type}`: a standard object, its properties included. */
export function readSchema(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'readSchema';
  needScope(call, `crm.schemas.${type}.read`, `crm.objects.${type}.read`);
  const properties = readable(call, type);
  const contacts = type === 'contacts';
  const schema = {
    id: typeId(type),
    objectTypeId: typeId(type),
    name: typeName(type),
    fullyQualifiedName: typeName(type),
    labels: contacts ? { singular: 'Contact', plural: 'Contacts' } : { singular: 'Company', plural: 'Companies' },
    primaryDisplayProperty: contacts ? 'email' : 'name',
    requiredProperties: [],
    searchableProperties: contacts ? ['email', 'firstname', 'lastname'] : ['name', 'domain'],
    secondaryDisplayProperties: [],
    uniqueProperties: properties.filter((definition) => isUnique(type, definition)).map(({ name }) => name),
    properties: properties.map((definition) => propertyView(definition, call.version)),
    associations: [],
    archived: false,
  };
  return jsonResponse(200, schema, call.info);
}
