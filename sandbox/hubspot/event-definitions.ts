import type { RawEventDefinition } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { type HubSpotCall, jsonBody, needScope, pageSize } from './call.ts';
import { badRequest, HubSpotError, notFound, typeId } from './errors.ts';
import type { Portal } from './portal.ts';

const definitionScope = 'behavioral_events.event_definitions.read_write';
const objects = ['CONTACT', 'COMPANY', 'DEAL', 'TICKET'] as const;
const types = ['string', 'number', 'enumeration', 'datetime'];

/** Of an edition without custom events. No source shows what HubSpot says there: a 403 in its own format. */
export function needEvents(call: HubSpotCall): void {
  if (!call.portal.customEvents)
    throw new HubSpotError(403, 'This account does not have access to custom events.', { category: 'FORBIDDEN' });
}

export function listDefinitions(call: HubSpotCall): VendorResponse {
  call.info.operation = 'listEventDefinitions';
  needEvents(call);
  needScope(call, definitionScope);
  const { query } = call.request;
  const limit = pageSize(query.get('limit'), 10, 100);
  const wanted = (query.get('searchString') ?? '').toLowerCase();
  const all = [...call.portal.eventDefinitions.values()].filter(
    ({ archived, name, label }) => !archived && `${name} ${label}`.toLowerCase().includes(wanted),
  );
  const from = Number(query.get('after') ?? 0);
  const page = all.slice(from, from + limit);
  const withProperties = query.get('includeProperties') === 'true';
  call.info.records = page.length;
  const next = from + limit < all.length ? { paging: { next: { after: String(from + limit) } } } : {};
  const results = page.map((definition) => shown(call.portal, definition, withProperties));
  return jsonResponse(200, { total: all.length, results, ...next }, call.info);
}

export function readDefinition(call: HubSpotCall, name: string): VendorResponse {
  call.info.operation = 'readEventDefinition';
  needEvents(call);
  needScope(call, definitionScope);
  return jsonResponse(200, shown(call.portal, definitionNamed(call.portal, name), true), call.info);
}

/** 201; 409 when the name is taken. */
export function createDefinition(call: HubSpotCall): VendorResponse {
  call.info.operation = 'createEventDefinition';
  needEvents(call);
  needScope(call, definitionScope);
  const { label, name, description = '', primaryObject = 'CONTACT', propertyDefinitions } = jsonBody(call);
  if (typeof label !== 'string' || label === '' || !Array.isArray(propertyDefinitions))
    throw badRequest('Some required fields were not set: [label, propertyDefinitions]');
  if (label.length > 100) throw badRequest('The label is too long.');
  const made = typeof name === 'string' ? name : label.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  if (!/^[a-z][a-z0-9_-]{0,99}$/.test(made)) throw badRequest(`Invalid event name: ${made}`);
  if (!objects.some((one) => one === primaryObject)) throw badRequest(`Invalid primaryObject: ${primaryObject}`);
  const { portal } = call;
  if (portal.eventDefinitions.get(made)?.archived === false)
    throw new HubSpotError(409, `An event definition named '${made}' already exists.`, {
      category: 'OBJECT_ALREADY_EXISTS',
    });
  const definition: RawEventDefinition = {
    name: made,
    fullyQualifiedName: `pe${portal.portalId}_${made}`,
    label,
    description: String(description),
    primaryObject: primaryObject as RawEventDefinition['primaryObject'],
    properties: propertyDefinitions.map(checkedProperty),
    archived: false,
    createdAt: portal.clock.now(),
  };
  if (!call.request.noop) portal.eventDefinitions.set(made, definition);
  call.info.records = 1;
  return jsonResponse(201, shown(portal, definition, true), call.info);
}

/** 201; 409 when the definition has one of that name. */
export function addProperty(call: HubSpotCall, name: string): VendorResponse {
  call.info.operation = 'addEventProperty';
  needEvents(call);
  needScope(call, definitionScope);
  const definition = definitionNamed(call.portal, name);
  const property = checkedProperty(jsonBody(call));
  if (definition.properties.some((one) => one.name === property.name))
    throw new HubSpotError(409, `The event '${name}' has a property named '${property.name}' already.`, {
      category: 'OBJECT_ALREADY_EXISTS',
    });
  if (!call.request.noop) definition.properties.push(property);
  call.info.records = 1;
  return jsonResponse(201, shownProperty(property), call.info);
}

export function archiveDefinition(call: HubSpotCall, name: string): VendorResponse {
  call.info.operation = 'archiveEventDefinition';
  needEvents(call);
  needScope(call, definitionScope);
  const definition = definitionNamed(call.portal, name);
  if (!call.request.noop) definition.archived = true;
  return { status: 204, headers: {}, body: '', call: call.info };
}

/** By its name or its fully qualified one. */
export function definitionNamed(portal: Portal, name: string): RawEventDefinition {
  const plain = name.replace(`pe${portal.portalId}_`, '');
  const definition = portal.eventDefinitions.get(plain);
  if (definition === undefined || definition.archived) throw notFound(`There is no event definition ${name}.`);
  return definition;
}

/** Names and labels have at most 50 characters; names begin with a letter. */
function checkedProperty(given: unknown): RawEventDefinition['properties'][number] {
  const { name, label, type } = (given ?? {}) as Record<string, unknown>;
  if (typeof label !== 'string' || typeof type !== 'string')
    throw badRequest('Some required fields were not set: [label, type]');
  const made = typeof name === 'string' ? name : label.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  if (!/^[a-z][a-z0-9_]{0,49}$/.test(made) || label.length > 50) throw badRequest(`Invalid property name: ${made}`);
  if (!types.includes(type)) throw badRequest(`Invalid property type: ${type}`);
  return { name: made, label, type };
}

function shown(portal: Portal, definition: RawEventDefinition, withProperties: boolean) {
  const { name, fullyQualifiedName, label, description, primaryObject, properties, archived, createdAt } = definition;
  const number = [...portal.eventDefinitions.keys()].indexOf(name) + 1;
  return {
    id: String(number),
    objectTypeId: `6-${portal.portalId}-${number}`,
    name,
    fullyQualifiedName,
    labels: { singular: label },
    description,
    primaryObject,
    primaryObjectId: primaryObject === 'COMPANY' ? typeId('companies') : typeId('contacts'),
    associations: [],
    archived,
    createdAt: new Date(createdAt).toISOString(),
    properties: withProperties ? properties.map(shownProperty) : [],
  };
}

function shownProperty(property: RawEventDefinition['properties'][number]) {
  return { ...property, description: '', fieldType: 'text', groupName: '', options: [] };
}
