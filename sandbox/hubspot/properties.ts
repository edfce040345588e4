import type { CrmType, RawPropertyDefinition } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { batchInputs, type HubSpotCall, jsonBody, needScope } from './call.ts';
import { badRequest, HubSpotError, notFound } from './errors.ts';
import { isVisible, propertyNamed, visibleProperty } from './portal.ts';
import { mayRead } from './present.ts';
import { newDefinition } from './property-definition.ts';
import { propertyView } from './property-view.ts';
import { partialStatus } from './settled.ts';

/** Definitions may be read with the object's scopes or the schema's. */
export function needSchemaRead(call: HubSpotCall, type: CrmType): void {
  needScope(call, `crm.objects.${type}.read`, `crm.objects.${type}.write`, `crm.schemas.${type}.read`);
}
const needSchemaWrite = (call: HubSpotCall, type: CrmType) => needScope(call, `crm.schemas.${type}.write`);

/** `GET /crm/properties/…`: all of them at once, ascending by name. */
export function listProperties(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'listProperties';
  needSchemaRead(call, type);
  const archived = call.request.query.get('archived') === 'true';
  const sensitivity = call.request.query.get('dataSensitivity') ?? 'non_sensitive';
  const results = readable(call, type, archived).filter((definition) => definition.dataSensitivity === sensitivity);
  call.info.records = results.length;
  return jsonResponse(200, { results: results.map((definition) => propertyView(definition, call.version)) }, call.info);
}

/** Definitions that this token may see, by name. */
export function readable(call: HubSpotCall, type: CrmType, archived = false): RawPropertyDefinition[] {
  return [...call.portal.properties[type].values()]
    .filter(
      (definition) =>
        definition.archived === archived && isVisible(call.portal, definition) && mayRead(call, type, definition),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function readProperty(call: HubSpotCall, type: CrmType, name: string): VendorResponse {
  call.info.operation = 'readProperty';
  needSchemaRead(call, type);
  const definition = visibleProperty(call.portal, type, name);
  if (definition === undefined || !mayRead(call, type, definition)) throw propertyNotFound(name);
  call.info.records = 1;
  return jsonResponse(200, propertyView(definition, call.version), call.info);
}

const propertyNotFound = (name: string) => notFound(`Property ${name} does not exist`);

/** `POST …`: 201, or 409 when the name is taken. The name of an archived property brings it back. */
export function createProperty(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'createProperty';
  needSchemaWrite(call, type);
  const definition = addProperty(call, type, jsonBody(call));
  const location = `${call.request.path}/${definition.name}`;
  return jsonResponse(201, propertyView(definition, call.version), call.info, { location });
}

/** `POST …/batch/create`: good ones are made even if others fail (207). */
export function batchCreateProperties(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchCreateProperties';
  needSchemaWrite(call, type);
  const results: unknown[] = [];
  const errors: Record<string, unknown>[] = [];
  for (const input of batchInputs(jsonBody(call))) {
    try {
      results.push(propertyView(addProperty(call, type, input), call.version));
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error;
      errors.push({ ...error.body, context: { name: [String(input.name)] } });
    }
  }
  const { hubspotPropertiesMadeStatus } = call.portal.switches();
  const made = call.version === '2026-09' ? Number(hubspotPropertiesMadeStatus) : 201;
  return batchAnswer(call, made, results, errors);
}

/** `POST …/batch/read`. */
export function batchReadProperties(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'batchReadProperties';
  needSchemaRead(call, type);
  const body = jsonBody(call);
  const wanted = batchInputs(body).map((input) => String(input.name));
  const known = new Map(
    readable(call, type, body.archived === true).map((definition) => [definition.name, definition]),
  );
  const results = wanted
    .flatMap((name) => known.get(name) ?? [])
    .map((definition) => propertyView(definition, call.version));
  const errors = wanted
    .filter((name) => !known.has(name))
    .map((name) => ({ ...propertyNotFound(name).body, context: { name: [name] } }));
  return batchAnswer(call, 200, results, errors);
}

/** `POST …/batch/archive` and `DELETE …/{name}`. */
export function archiveProperties(call: HubSpotCall, type: CrmType, names: string[]): VendorResponse {
  call.info.operation = names.length === 1 ? 'archiveProperty' : 'batchArchiveProperties';
  needSchemaWrite(call, type);
  for (const name of names) {
    const definition = visibleProperty(call.portal, type, name);
    if (definition === undefined) continue;
    if (definition.hubspotDefined)
      throw badRequest(`Property ${name} is defined by HubSpot and cannot be archived.`, {
        subCategory: 'PropertyValidationError.CANNOT_DELETE_PROPERTY',
      });
    if (!call.request.noop) definition.archived = true;
    definition.updatedAt = call.portal.clock.now();
  }
  call.info.records = names.length;
  return { status: 204, headers: {}, body: '', call: call.info };
}

/** `PATCH …/{name}`: label, description, options and the like; never name, uniqueness or sensitivity. */
export function updateProperty(call: HubSpotCall, type: CrmType, name: string): VendorResponse {
  call.info.operation = 'updateProperty';
  needSchemaWrite(call, type);
  const definition = visibleProperty(call.portal, type, name);
  if (definition === undefined) throw propertyNotFound(name);
  const { name: _, hasUniqueValue: __, dataSensitivity: ___, ...change } = jsonBody(call);
  const next = newDefinition(call, type, { ...definition, ...change }, definition);
  if (!call.request.noop) Object.assign(definition, next);
  call.info.records = 1;
  return jsonResponse(200, propertyView(next, call.version), call.info);
}

function addProperty(call: HubSpotCall, type: CrmType, input: Record<string, unknown>): RawPropertyDefinition {
  const { portal } = call;
  const definition = newDefinition(call, type, input);
  const held = propertyNamed(portal, type, definition.name);
  if (held && !held.archived)
    throw new HubSpotError(409, `A property named '${definition.name}' already exists.`, {
      category: 'OBJECT_ALREADY_EXISTS',
      subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS',
    });
  if (!call.request.noop) {
    portal.properties[type].set(definition.name, definition);
    const lag = portal.switches().hubspotPropertyLagMs;
    if (lag > 0) portal.visibleFrom.set(definition, Date.now() + lag);
  }
  call.info.records++;
  return definition;
}

function batchAnswer(call: HubSpotCall, status: number, results: unknown[], errors: unknown[]): VendorResponse {
  const now = new Date(call.portal.clock.now()).toISOString();
  call.info.records = results.length;
  const failed = errors.length ? { numErrors: errors.length, errors } : {};
  const body = { status: 'COMPLETE', results, ...failed, startedAt: now, completedAt: now };
  return jsonResponse(errors.length ? partialStatus(call) : status, body, call.info);
}
