import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { accountDetails, accountMe, dailyUsage } from './account.ts';
import { archiveRecord, batchArchive, mergeRecords, updateRecord } from './archive-merge.ts';
import { associationLabels, batchReadAssociations, readAssociations } from './associations.ts';
import { batchCreate, batchUpsert, createRecord } from './batch-create.ts';
import { batchUpdate } from './batch-write.ts';
import { batchInputs, type HubSpotCall, jsonBody } from './call.ts';
import { companyByIdV2, contactsOfCompanyV2, pagedCompanies } from './companies-v2.ts';
import { scopeElsewhere } from './elsewhere.ts';
import { HubSpotError, missingScopes, notFound } from './errors.ts';
import {
  addProperty,
  archiveDefinition,
  createDefinition,
  listDefinitions,
  readDefinition,
} from './event-definitions.ts';
import { listOccurrences, sendOccurrences } from './event-occurrences.ts';
import { gdprDelete } from './gdpr-delete.ts';
import { archiveGroup, createGroup, listGroups, readGroup, updateGroup } from './groups.ts';
import type { Limits } from './limits.ts';
import { listRecords } from './list.ts';
import { needType } from './object-types.ts';
import {
  archiveProperties,
  batchCreateProperties,
  batchReadProperties,
  createProperty,
  listProperties,
  readProperty,
  updateProperty,
} from './properties.ts';
import { listPropertiesV2 } from './properties-v2.ts';
import { batchRead, readRecord } from './read.ts';
import { listSchemas, readSchema } from './schemas.ts';
import { searchRecords } from './search.ts';

const dated = /^(2026-03|2026-09)$/;

/** Dated and old paths lead to the same handlers: `/crm/objects/2026-09/contacts` is `/crm/v3/objects/contacts`. */
export function splitPath(path: string): { version: HubSpotCall['version']; parts: string[] } {
  const parts = path.split('/').filter(Boolean);
  const at = parts.findIndex((part) => dated.test(part));
  if (at < 0) return { version: 'legacy', parts };
  const version = parts[at] as HubSpotCall['version'];
  const rest = parts.filter((_, i) => i !== at);
  const [area, ...tail] = rest;
  return { version, parts: area === 'crm' ? ['crm', 'v3', ...tail] : [area ?? '', 'v3', ...tail] };
}

export const isSearch = (method: string, parts: string[]) =>
  method === 'POST' && parts[2] === 'objects' && parts[4] === 'search' && parts.length === 5;

export const isSending = (parts: string[]) => parts[0] === 'events' && parts.includes('send');

/** Finds and runs the handler. */
export function route(call: HubSpotCall, parts: string[], limits: Limits): VendorResponse {
  const { method } = call.request;
  const [area, version, kind, name, ...rest] = parts;
  if (area === 'crm' && version === 'v3' && name) {
    if (kind === 'objects') return routeObjects(call, needType(name), method, rest);
    if (kind === 'properties') return routeProperties(call, needType(name), method, rest);
  }
  if (area === 'account-info' && version === 'v3' && method === 'GET') {
    if (kind === 'details') return accountDetails(call);
    if (kind === 'api-usage' && name === 'daily') return dailyUsage(call, limits);
  }
  if (area === 'events' && version === 'v3') {
    const answer = routeEvents(
      call,
      parts.slice(2).filter((part) => part !== 'custom'),
    );
    if (answer) return answer;
  }
  if (area === 'integrations' && version === 'v1' && kind === 'me' && method === 'GET') return accountMe(call);
  if (kind === 'schemas' && (area === 'crm' || area === 'crm-object-schemas') && method === 'GET')
    return name === undefined ? listSchemas(call) : readSchema(call, needType(name));
  if (area === 'crm' && (version === 'v3' || version === 'v4')) {
    const answer = routeAssociations(call, version === 'v3' && call.version === 'legacy', kind, name, rest);
    if (answer) return answer;
  }
  if (method === 'GET') {
    const answer = routeOld(call, parts);
    if (answer) return answer;
  }
  const scope = scopeElsewhere(`/${parts.join('/')}`);
  throw scope === null ? notFound() : missingScopes([scope]);
}

function routeAssociations(
  call: HubSpotCall,
  old: boolean,
  kind?: string,
  name?: string,
  rest: string[] = [],
): VendorResponse | null {
  const { method } = call.request;
  const [second, ...tail] = rest;
  if (name === undefined || second === undefined) return null;
  if (kind === 'associations' && method === 'POST' && tail.join('/') === 'batch/read')
    return batchReadAssociations(call, needType(name), needType(second), old);
  if (kind === 'associations' && method === 'GET' && (tail[0] === 'labels' || tail[0] === 'types'))
    return associationLabels(call, needType(name));
  if (kind === 'objects' && method === 'GET' && tail[0] === 'associations' && tail[1])
    return readAssociations(call, needType(name), second, needType(tail[1]), old);
  return null;
}

/** 2026-09 has `custom` in the paths of definitions and of sending; the rest is the same. */
function routeEvents(call: HubSpotCall, rest: string[]): VendorResponse | null {
  const { method } = call.request;
  const [kind, name, more] = rest;
  if (kind === 'event-definitions' && more === undefined) {
    if (method === 'GET') return name === undefined ? listDefinitions(call) : readDefinition(call, name);
    if (method === 'POST' && name === undefined) return createDefinition(call);
    if (method === 'DELETE' && name !== undefined) return archiveDefinition(call, name);
  }
  if (kind === 'event-definitions' && name !== undefined && more === 'property' && method === 'POST')
    return addProperty(call, name);
  if (kind === 'send' && method === 'POST' && (name === undefined || name === 'batch'))
    return sendOccurrences(call, name === 'batch');
  if (kind === 'event-occurrences' && name === undefined && method === 'GET') return listOccurrences(call);
  return null;
}

/** What readers in the wild still call of versions 1 and 2. */
function routeOld(call: HubSpotCall, parts: string[]): VendorResponse | null {
  const [area, version, ...rest] = parts;
  const path = rest.join('/');
  if (area === 'companies' && version === 'v2') {
    if (path === 'properties') return listPropertiesV2(call, 'companies');
    if (path === 'companies/paged') return pagedCompanies(call);
    const id = /^companies\/(\d+)$/.exec(path)?.[1];
    if (id !== undefined) return companyByIdV2(call, id);
    const parent = /^companies\/(\d+)\/vids$/.exec(path)?.[1];
    if (parent !== undefined) return contactsOfCompanyV2(call, parent);
  }
  if (area === 'properties' && (version === 'v1' || version === 'v2') && rest[1] === 'properties' && rest.length === 2)
    return listPropertiesV2(call, needType(rest[0]!));
  return null;
}

function routeObjects(call: HubSpotCall, type: CrmType, method: string, rest: string[]): VendorResponse {
  const [first, second] = rest;
  switch (`${method} ${rest.length === 0 ? '' : rest.join('/')}`) {
    case 'GET ':
      return listRecords(call, type);
    case 'POST ':
      return createRecord(call, type);
    case 'POST search':
      return searchRecords(call, type);
    case 'POST merge':
      return mergeRecords(call, type);
    case 'POST gdpr-delete':
      return gdprDelete(call, type);
    case 'POST batch/read':
      return batchRead(call, type);
    case 'POST batch/update':
      return batchUpdate(call, type);
    case 'POST batch/create':
      return batchCreate(call, type);
    case 'POST batch/upsert':
      return batchUpsert(call, type);
    case 'POST batch/archive':
      return batchArchive(call, type);
  }
  if (first !== undefined && second === 'associations' && rest[2] && method === 'GET')
    return readAssociations(call, type, first, needType(rest[2]), call.version === 'legacy');
  if (first === undefined || second !== undefined) throw notFound();
  const id = decodeURIComponent(first);
  if (method === 'GET') return readRecord(call, type, id);
  if (method === 'PATCH') return updateRecord(call, type, id);
  if (method === 'DELETE') return archiveRecord(call, type, id);
  throw methodNotAllowed();
}

function routeProperties(call: HubSpotCall, type: CrmType, method: string, rest: string[]): VendorResponse {
  const [first, second, third] = rest.map(decodeURIComponent);
  if (third !== undefined) throw notFound();
  if (first === undefined) {
    if (method === 'GET') return listProperties(call, type);
    if (method === 'POST') return createProperty(call, type);
  } else if (first === 'groups') {
    if (method === 'GET') return second === undefined ? listGroups(call, type) : readGroup(call, type, second);
    if (method === 'POST' && second === undefined) return createGroup(call, type);
    if (method === 'PATCH' && second !== undefined) return updateGroup(call, type, second);
    if (method === 'DELETE' && second !== undefined) return archiveGroup(call, type, second);
  } else if (first === 'batch' && method === 'POST') {
    if (second === 'create') return batchCreateProperties(call, type);
    if (second === 'read') return batchReadProperties(call, type);
    if (second === 'archive')
      return archiveProperties(
        call,
        type,
        batchInputs(jsonBody(call)).map((input) => String(input.name)),
      );
  } else if (second === undefined) {
    if (method === 'GET') return readProperty(call, type, first);
    if (method === 'PATCH') return updateProperty(call, type, first);
    if (method === 'DELETE') return archiveProperties(call, type, [first]);
  }
  throw methodNotAllowed();
}

const methodNotAllowed = () => new HubSpotError(405, 'HTTP 405 Method Not Allowed');
