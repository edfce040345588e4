import type { Switches } from '../contract.ts';
import { type CallInfo, jsonResponse, type VendorResponse } from '../server/vendor.ts';

/** What Pendo answers to a wrong key, to none, and to a read-only key on a write. */
export function forbidden(body: Switches['pendoForbiddenBody'], call: CallInfo): VendorResponse {
  if (body === 'json')
    return jsonResponse(403, { message: 'Forbidden: integration key is not valid for this request' }, call);
  const text = body === 'text' ? 'Forbidden\n' : '';
  return { status: 403, headers: text ? { 'content-type': 'text/plain; charset=utf-8' } : {}, body: text, call };
}
