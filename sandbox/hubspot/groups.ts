import type { CrmType } from '../contract.ts';
import { jsonResponse, type VendorResponse } from '../server/vendor.ts';
import { type HubSpotCall, jsonBody, needScope } from './call.ts';
import { badRequest, HubSpotError, notFound } from './errors.ts';
import type { PortalGroup } from './portal.ts';
import { needSchemaRead } from './properties.ts';

export function listGroups(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'listGroups';
  needSchemaRead(call, type);
  const results = [...call.portal.groups[type].values()].filter((group) => !group.archived);
  call.info.records = results.length;
  return jsonResponse(200, { results }, call.info);
}

export function readGroup(call: HubSpotCall, type: CrmType, name: string): VendorResponse {
  call.info.operation = 'readGroup';
  needSchemaRead(call, type);
  return jsonResponse(200, groupNamed(call, type, name), call.info);
}

/** 201; 409 when the name is taken. There is no batch for groups. */
export function createGroup(call: HubSpotCall, type: CrmType): VendorResponse {
  call.info.operation = 'createGroup';
  needScope(call, `crm.schemas.${type}.write`);
  const { name, label } = jsonBody(call);
  if (typeof name !== 'string' || typeof label !== 'string')
    throw badRequest('Some required fields were not set: [name, label]');
  const groups = call.portal.groups[type];
  if (groups.get(name)?.archived === false)
    throw new HubSpotError(409, `A property group named '${name}' already exists.`, {
      category: 'OBJECT_ALREADY_EXISTS',
      subCategory: 'Properties.PROPERTY_GROUP_WITH_NAME_EXISTS',
    });
  const group = { name, label, displayOrder: groups.size, archived: false };
  if (!call.request.noop) groups.set(name, group);
  call.info.records = 1;
  return jsonResponse(201, group, call.info);
}

export function updateGroup(call: HubSpotCall, type: CrmType, name: string): VendorResponse {
  call.info.operation = 'updateGroup';
  needScope(call, `crm.schemas.${type}.write`);
  const group = groupNamed(call, type, name);
  const { label } = jsonBody(call);
  if (typeof label === 'string' && !call.request.noop) group.label = label;
  return jsonResponse(200, group, call.info);
}

export function archiveGroup(call: HubSpotCall, type: CrmType, name: string): VendorResponse {
  call.info.operation = 'archiveGroup';
  needScope(call, `crm.schemas.${type}.write`);
  const group = groupNamed(call, type, name);
  const used = [...call.portal.properties[type].values()].some(
    (property) => property.groupName === name && !property.archived,
  );
  if (used)
    throw badRequest(`Property group '${name}' still has properties.`, {
      subCategory: 'PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES',
    });
  if (!call.request.noop) group.archived = true;
  return { status: 204, headers: {}, body: '', call: call.info };
}

function groupNamed(call: HubSpotCall, type: CrmType, name: string): PortalGroup {
  const group = call.portal.groups[type].get(name);
  if (group === undefined || group.archived) throw notFound(`Property group ${name} does not exist`);
  return group;
}
