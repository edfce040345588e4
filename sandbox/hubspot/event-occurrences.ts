import { randomUUID } from 'node:crypto';
import type { CrmType, RawEventDefinition, RawOccurrence } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { batchInputs, type HubSpotCall, jsonBody, needScope, pageSize } from './call.ts';
import { badRequest, HubSpotError, missingScopes } from './errors.ts';
import { definitionNamed, needEvents } from './event-definitions.ts';
import { OverLimit } from './limits.ts';

const mostAtOnce = 500;
const mostProperties = 50;
const types: Partial<Record<RawOccurrence['objectType'], CrmType>> = { CONTACT: 'contacts', COMPANY: 'companies' };

/** Characters; addresses may be longer. */
const longestValue = (property: string): number => (/url|referrer/.test(property) ? 1_024 : 256);

/** `POST …/send` and `…/send/batch`: 204 without a body. One bad row refuses the whole batch. */
export function sendOccurrences(call: HubSpotCall, batch: boolean): VendorResponse {
  call.info.operation = 'sendOccurrences';
  needEvents(call);
  needScope(call, 'analytics.behavioral_events.send');
  const inputs = batch ? batchInputs(jsonBody(call), mostAtOnce) : [jsonBody(call)];
  const log = inputs.map(({ eventName, objectId, uuid }) => ({
    eventName: String(eventName),
    objectId: String(objectId),
    uuid: typeof uuid === 'string' ? uuid : null,
    accepted: false,
  }));
  call.info.occurrences = log;
  const rows = inputs.map((input) => checkedOccurrence(call, input));
  const { portal } = call;
  if (thisMonth(call) + rows.length > portal.monthlyOccurrences) throw overMonth();
  if (!call.request.noop) {
    const seen = new Set(portal.occurrences.map(({ uuid }) => uuid));
    const dedupes = portal.switches().hubspotEventUuid === 'deduplicated';
    for (const [index, row] of rows.entries()) {
      log[index]!.accepted = true;
      if (dedupes && row.uuid !== null && seen.has(row.uuid)) continue;
      portal.occurrences.push(dedupes && row.uuid !== null ? { ...row, id: row.uuid } : row);
      seen.add(row.uuid);
    }
  }
  call.info.records = rows.length;
  return { status: 204, headers: {}, body: '', call: call.info };
}

function checkedOccurrence(call: HubSpotCall, input: Record<string, unknown>): RawOccurrence {
  const { eventName, objectId, email, occurredAt, uuid, properties } = input;
  if (typeof eventName !== 'string' || typeof properties !== 'object' || properties === null)
    throw badRequest('Some required fields were not set: [eventName, properties]');
  const definition = definitionOf(call, eventName);
  if (typeof objectId !== 'string' && typeof email !== 'string')
    throw badRequest('One of objectId, email and utk is required.');
  const entries = Object.entries(properties);
  if (entries.length > mostProperties) throw badRequest(`More than ${mostProperties} properties.`);
  for (const [name, value] of entries) {
    if (!definition.properties.some((property) => property.name === name))
      throw badRequest(`Property ${name} does not exist on the event ${eventName}.`);
    if (typeof value !== 'string') throw badRequest(`The value of ${name} is not a text.`);
    if (value.length > longestValue(name)) throw badRequest(`The value of ${name} is too long: ${value}`);
  }
  const at = occurredAt === undefined ? call.portal.clock.now() : Date.parse(String(occurredAt));
  if (Number.isNaN(at)) throw badRequest(`Invalid occurredAt: ${occurredAt}`);
  const id = typeof objectId === 'string' ? objectId : '';
  requireRecord(call, definition, id);
  return {
    id: randomUUID(),
    eventName,
    objectType: definition.primaryObject,
    objectId: id,
    occurredAt: at,
    receivedAt: call.portal.clock.now(),
    uuid: typeof uuid === 'string' ? uuid : null,
    properties: properties as Record<string, string>,
  };
}

function definitionOf({ portal }: HubSpotCall, eventName: string): RawEventDefinition {
  const definition = [...portal.eventDefinitions.values()].find((one) => one.fullyQualifiedName === eventName);
  if (definition === undefined || definition.archived) throw badRequest(`There is no event ${eventName}.`);
  return definition;
}

function requireRecord({ portal }: HubSpotCall, { primaryObject }: RawEventDefinition, id: string): void {
  const type = types[primaryObject];
  if (type === undefined || portal.switches().hubspotEventUnknownRecord === 'taken') return;
  const store = portal.records[type];
  const slot = store.slotOf(id);
  if (slot < 0 || store.isArchived(slot)) throw badRequest(`There is no record ${id} of type ${primaryObject}.`);
}

/** By the sandbox's clock, in UTC: no source says in which zone HubSpot's month is. */
function thisMonth({ portal }: HubSpotCall): number {
  const now = new Date(portal.clock.now());
  const begun = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  return portal.occurrences.filter(({ receivedAt }) => receivedAt >= begun).length;
}

/** No source shows this answer: HubSpot's form of a limit, with a policy of its own. */
const overMonth = () =>
  new OverLimit(429, 'You have reached your monthly limit of custom event occurrences.', {
    errorType: 'RATE_LIMIT',
    policyName: 'MONTHLY',
    requestId: randomUUID(),
  });

/** `GET /events/event-occurrences/{v}`: of one record, by event and time. */
export function listOccurrences(call: HubSpotCall): VendorResponse {
  call.info.operation = 'listOccurrences';
  const { portal, request } = call;
  const { query } = request;
  if (portal.switches().hubspotEventReadBack === 'refused') throw missingScopes(['business-intelligence']);
  const objectType = (query.get('objectType') ?? '').toUpperCase();
  const objectId = query.get('objectId');
  if (objectId === null || !['CONTACT', 'COMPANY'].includes(objectType))
    throw badRequest('objectType and objectId are required.');
  const name = query.get('eventType');
  if (name !== null) expectDefinition(call, name);
  const limit = pageSize(query.get('limit'), 100, 1_000);
  const after = Date.parse(query.get('occurredAfter') ?? '');
  const before = Date.parse(query.get('occurredBefore') ?? '');
  const visible = portal.clock.now() - portal.switches().hubspotEventLagMs;
  const found = portal.occurrences.filter(
    (one) =>
      one.objectType === objectType &&
      one.objectId === objectId &&
      one.receivedAt <= visible &&
      (name === null || one.eventName === name) &&
      !(one.occurredAt < after) &&
      !(one.occurredAt > before),
  );
  const from = Number(query.get('after') ?? 0);
  const page = found.slice(from, from + limit);
  call.info.records = page.length;
  const next = from + limit < found.length ? { paging: { next: { after: String(from + limit) } } } : {};
  const results = page.map(({ id, eventName, occurredAt, properties }) => ({
    id,
    eventType: eventName,
    objectType,
    objectId,
    occurredAt: new Date(occurredAt).toISOString(),
    properties,
  }));
  return jsonResponse(200, { results, ...next }, call.info);
}

function expectDefinition({ portal }: HubSpotCall, name: string): void {
  try {
    definitionNamed(portal, name);
  } catch (error) {
    if (!(error instanceof HubSpotError)) throw error;
    throw badRequest(`There is no event ${name}.`);
  }
}
