import type { CrmType } from '../contract.ts';
import type { VendorResponse } from '../server/vendor.ts';
import { accountDetails, dailyUsage } from './account.ts';
import { archiveRecord, batchArchive, mergeRecords, updateRecord } from './archive-merge.ts';
import { batchReadAssociations, readAssociations } from './associations.ts';
import { batchCreate, batchUpsert, createRecord } from './batch-create.ts';
import { batchUpdate } from './batch-write.ts';
import { batchInputs, type HubSpotCall, jsonBody } from './call.ts';
import { HubSpotError, notFound } from './errors.ts';
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
import { batchRead, readRecord } from './read.ts';
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

/** Finds and runs the handler. */
export function route(call: HubSpotCall, parts: string[], limits: Limits): VendorResponse {
  const { method } = call.request;
  const [area, version, kind, name, ...rest] = parts;
  if (area === 'account-info' && version === 'v3' && method === 'GET') {
    if (kind === 'details') return accountDetails(call);
    if (kind === 'api-usage' && name === 'daily') return dailyUsage(call, limits);
  }
  if (area === 'crm' && version === 'v3' && kind === 'objects' && name)
    return routeObjects(call, needType(call, name), method, rest);
  if (area === 'crm' && version === 'v3' && kind === 'properties' && name)
    return routeProperties(call, needType(call, name), method, rest);
  if (
    area === 'crm' &&
    (version === 'v4' || version === 'v3') &&
    kind === 'associations' &&
    name &&
    rest.join('/').endsWith('/batch/read') &&
    method === 'POST'
  )
    return batchReadAssociations(call, needType(call, name), needType(call, rest[0]!));
  if (
    area === 'crm' &&
    version === 'v4' &&
    kind === 'objects' &&
    name &&
    rest[1] === 'associations' &&
    rest[2] &&
    method === 'GET'
  )
    return readAssociations(call, needType(call, name), rest[0]!, needType(call, rest[2]));
  throw notFound();
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
