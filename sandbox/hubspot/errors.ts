import { randomUUID } from 'node:crypto';
import type { CrmType } from '../contract.ts';
import { type CallInfo, jsonResponse, type VendorResponse } from '../server/vendor.ts';

/** One entry of a validation error: inside the message as HubSpot's validator prints it, and in `errors`. */
export interface PropertyError {
  name: string;
  code: string;
  message: string;
}

/** An answer other than success. Thrown by handlers, turned into a response at the half's border. */
export class HubSpotError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    rest: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.body = { status: 'error', message, correlationId: randomUUID(), ...rest };
    this.headers = headers;
  }

  response(call: CallInfo): VendorResponse {
    return jsonResponse(this.status, this.body, call, this.headers);
  }
}

export const badRequest = (message: string, rest: Record<string, unknown> = {}) =>
  new HubSpotError(400, message, { category: 'VALIDATION_ERROR', ...rest });

export const notFound = (message = 'resource not found') =>
  new HubSpotError(404, message, { category: 'OBJECT_NOT_FOUND' });

export const unauthorized = (expired: boolean) =>
  expired
    ? new HubSpotError(401, 'The OAuth token used to make this call expired.', { category: 'EXPIRED_AUTHENTICATION' })
    : new HubSpotError(401, 'Authentication credentials not found or not valid.', {
        category: 'INVALID_AUTHENTICATION',
      });

/** 403 as the reference records it: the scopes wanted are in the context of the first error. */
export const missingScopes = (anyOf: string[]) =>
  new HubSpotError(403, "This app hasn't been granted all required scopes to make this call.", {
    errors: [
      {
        message: `One or more of the following scopes are required: ${anyOf.join(', ')}.`,
        context: { requiredGranularScopes: anyOf },
      },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
    category: 'MISSING_SCOPES',
  });

/** 400 for values: the details stand twice, as JSON inside the message and as `errors`. */
export function invalidValues(errors: PropertyError[]): HubSpotError {
  const inMessage = errors.map(({ name, code, message }) => ({ isValid: false, message, error: code, name }));
  return badRequest(`Property values were not valid: ${JSON.stringify(inMessage)}`, {
    errors: errors.map(({ name, code, message }) => ({ message, code, context: { propertyName: [name] } })),
  });
}

export const typeId = (type: CrmType) => (type === 'contacts' ? '0-1' : '0-2');
export const typeName = (type: CrmType) => (type === 'contacts' ? 'CONTACT' : 'COMPANY');

/** 207's entry for records that are not there. */
export function objectsNotFound(type: CrmType, ids: string[], traceIds?: string[]): Record<string, unknown> {
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: `Could not get some ${typeName(type)} objects, they may be deleted or not exist. Check that ids are valid.`,
    context: { ...(traceIds?.length ? { objectWriteTraceId: traceIds } : {}), ids },
  };
}

/** 403 of what only private apps may ask. */
export const forbiddenUnlessPrivate = () =>
  new HubSpotError(403, 'This endpoint is only for private apps.', { category: 'FORBIDDEN' });
