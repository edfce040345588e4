import { randomUUID } from 'node:crypto';
import type { Fault, Switches } from '../contract.ts';
import { HubSpotError, missingScopes, unauthorized } from '../hubspot/errors.ts';
import { forbidden } from '../pendo/index.ts';

export interface PlainResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const html = (status: number, title: string): PlainResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
  body: `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`,
});

/** A realistic answer for a status that a fault asks for. */
export function faultResponse(fault: Fault, switches: Switches): PlainResponse {
  const status = fault.status ?? 500;
  const response = fault.vendor === 'hubspot' ? hubspotBody(status) : pendoBody(status, switches);
  if (fault.retryAfter !== undefined) response.headers['retry-after'] = String(fault.retryAfter);
  return response;
}

/** What a credential gets that is dead. */
export function revokedResponse(vendor: Fault['vendor'], switches: Switches): PlainResponse {
  return vendor === 'hubspot' ? hubspotBody(401) : pendoBody(403, switches);
}

function edge(status: number): PlainResponse | null {
  if (status === 502) return html(502, 'Bad Gateway');
  if (status === 504) return html(504, 'Gateway Time-out');
  // Without a content type: typical of a proxy, and what clients stumble over.
  if (status === 503) return { status, headers: {}, body: 'upstream connect error or disconnect/reset before headers' };
  return null;
}

function hubspotBody(status: number): PlainResponse {
  const atEdge = edge(status);
  if (atEdge) return atEdge;
  const error =
    status === 401
      ? unauthorized(false)
      : status === 403
        ? missingScopes(['crm.objects.contacts.read'])
        : status === 429
          ? new HubSpotError(429, 'You have reached your ten_secondly_rolling limit.', {
              errorType: 'RATE_LIMIT',
              policyName: 'TEN_SECONDLY_ROLLING',
              requestId: randomUUID(),
            })
          : status === 477
            ? new HubSpotError(477, 'The account is being moved to another region.', {
                category: 'MIGRATION_IN_PROGRESS',
              })
            : status === 423
              ? new HubSpotError(423, 'Resource is locked.', { category: 'LOCKED' })
              : new HubSpotError(status, 'internal error', {});
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(error.body) };
}

function pendoBody(status: number, switches: Switches): PlainResponse {
  const atEdge = edge(status);
  if (atEdge) return atEdge;
  if (status === 401 || status === 403) {
    const { headers, body } = forbidden(switches.pendoForbiddenBody, { operation: 'unknown', records: 0 });
    return { status, headers, body: String(body) };
  }
  const text: Record<number, string> = {
    408: 'Request Timeout',
    409: 'operation in progress',
    429: 'Too Many Requests',
  };
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `${text[status] ?? 'internal error'}\n`,
  };
}
