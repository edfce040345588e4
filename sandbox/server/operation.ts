import { pipelineSources } from './faults.ts';
import type { VendorRequest } from './vendor.ts';
import type { Vendor } from './world.ts';

const objects = String.raw`/crm/(?:objects/[\d-]+|v3/objects)/[^/]+`;
const hubspot: [RegExp, string][] = [
  [new RegExp(`^GET ${objects}$`), 'list'],
  [new RegExp(`^POST ${objects}$`), 'create'],
  [new RegExp(`^POST ${objects}/search$`), 'search'],
  [new RegExp(`^POST ${objects}/merge$`), 'merge'],
  [new RegExp(`^POST ${objects}/gdpr-delete$`), 'gdprDelete'],
  [new RegExp(`^POST ${objects}/batch/read$`), 'batchRead'],
  [new RegExp(`^POST ${objects}/batch/update$`), 'batchUpdate'],
  [new RegExp(`^POST ${objects}/batch/create$`), 'batchCreate'],
  [new RegExp(`^POST ${objects}/batch/upsert$`), 'batchUpsert'],
  [new RegExp(`^POST ${objects}/batch/archive$`), 'batchArchive'],
  [new RegExp(`^GET ${objects}/[^/]+$`), 'read'],
  [new RegExp(`^PATCH ${objects}/[^/]+$`), 'update'],
  [new RegExp(`^DELETE ${objects}/[^/]+$`), 'archive'],
  [/^GET \/crm\/.*properties\/.*\/groups$/, 'listGroups'],
  [/^POST \/crm\/.*properties\/.*\/groups$/, 'createGroup'],
  [/^POST \/crm\/.*properties\/.*\/batch\/create$/, 'batchCreateProperties'],
  [/^POST \/crm\/.*properties\/.*\/batch\/read$/, 'batchReadProperties'],
  [/^GET \/crm\/(?:properties\/[\d-]+|v3\/properties)\/[^/]+$/, 'listProperties'],
  [/^POST \/crm\/(?:properties\/[\d-]+|v3\/properties)\/[^/]+$/, 'createProperty'],
  [/^GET \/events\/.*event-definitions$/, 'listEventDefinitions'],
  [/^POST \/events\/.*event-definitions$/, 'createEventDefinition'],
  [/^POST \/events\/.*\/send(?:\/batch)?$/, 'sendOccurrences'],
  [/^GET \/events\/event-occurrences\//, 'listOccurrences'],
  [/^GET \/account-info\/.*\/details$/, 'accountDetails'],
  [/^POST \/oauth\/[^/]+\/token$/, 'oauthToken'],
];
const pendo: [RegExp, string][] = [
  [/^GET \/api\/v1\/token\/verify$/, 'tokenVerify'],
  [/^GET \/api\/v1\/metadata\/schema\//, 'metadataSchema'],
  [/^POST \/api\/v1\/metadata\/schema\//, 'metadataSchemaWrite'],
  [/^(?:POST|PUT) \/api\/v1\/metadata\/visitor\/.*value/, 'metadataWrite:visitor'],
  [/^(?:POST|PUT) \/api\/v1\/metadata\/account\/.*value/, 'metadataWrite:account'],
  [/^GET \/api\/v1\/guide$/, 'guides'],
];

/** What a request that a fault kept from its handler would have been, in the call log's words. */
export function operationOf(vendor: Vendor, { method, path, body }: VendorRequest): string {
  const line = `${method} ${path}`;
  if (vendor === 'pendo' && line === 'POST /api/v1/aggregation')
    return `aggregation:${pipelineSources(body).join('+')}`;
  return (vendor === 'hubspot' ? hubspot : pendo).find(([pattern]) => pattern.test(line))?.[1] ?? 'unknown';
}
