import type { CallInfo, VendorRequest, VendorResponse } from '../server/vendor.ts';
import { badRequest, missingScopes } from './errors.ts';
import type { Portal } from './portal.ts';

/** What a bearer token may do. */
export interface Access {
  kind: 'private' | 'oauth';
  appId: number;
  scopes: readonly string[];
}

export type ApiVersion = 'legacy' | '2026-03' | '2026-09';

/** One authenticated request on its way through a handler. */
export interface HubSpotCall {
  portal: Portal;
  access: Access;
  version: ApiVersion;
  request: VendorRequest;
  /** Filled in as the handler learns it. */
  info: CallInfo;
  /** Number of the call in this portal: seeds what HubSpot leaves to chance. */
  number: number;
}

export type Handler = (call: HubSpotCall) => VendorResponse;

/** Throws 403 unless the token has one of these. */
export function needScope(call: HubSpotCall, ...anyOf: string[]): void {
  if (!anyOf.some((scope) => call.access.scopes.includes(scope))) throw missingScopes(anyOf);
}

/** The body as a JSON object; 400 otherwise. */
export function jsonBody(call: HubSpotCall): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(call.request.body);
  } catch {
    throw badRequest('Invalid input JSON on line 1, column 1: Unable to parse the request body.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('Invalid input JSON on line 1, column 1: Cannot deserialize value: expected an object.');
  return value as Record<string, unknown>;
}

/** `inputs` of a batch: 1 to 100 objects. */
export function batchInputs(body: Record<string, unknown>, most = 100): Record<string, unknown>[] {
  const inputs = body.inputs;
  if (!Array.isArray(inputs)) throw badRequest('Some required fields were not set: [inputs]');
  if (inputs.length > most)
    throw badRequest(
      `The maximum number of inputs supported in a batch request for this API is ${most}, but ${inputs.length} inputs were given.`,
    );
  for (const input of inputs)
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      throw badRequest('Every input must be an object.');
  return inputs as Record<string, unknown>[];
}

/** Names given as `properties=a,b`, as repeated parameters, or both. */
export function listParameter(query: URLSearchParams, name: string): string[] {
  return query.getAll(name).flatMap((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
}

export function stringList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A page size from the query, between 1 and `most`. */
export function pageSize(raw: string | null, otherwise: number, most: number): number {
  if (raw === null || raw === '') return otherwise;
  const limit = Number(raw);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest(`Invalid limit: ${raw}`);
  if (limit > most) throw badRequest(`The limit ${limit} is greater than the maximum of ${most}.`);
  return limit;
}
