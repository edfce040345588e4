/** Casts Pendo's answers to the closed set of vendor errors. No schema of its error bodies is known: JSON or plain text. */
import { z } from 'zod';
import { retryAfter } from '../egress/converse.ts';
import type { GuardedResponse } from '../egress/types.ts';
import { VendorError, type VendorErrorKind } from '../sync/vendor-error.ts';

const bodySchema = z.object({
  message: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  errors: z.array(z.unknown()).optional().catch(undefined),
});

/** The vendor's words, out of whatever it wrapped them in. May hold values. */
export function readMessage(text: string): string {
  try {
    const body = bodySchema.safeParse(JSON.parse(text)).data;
    const first = body?.errors?.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))[0];
    return (body?.message ?? body?.error ?? first ?? text).slice(0, 2048);
  } catch {
    return text.slice(0, 2048);
  }
}

/** The error for a reply that is not 2xx. `until`: when the budget will give permission again, after a 429. */
export function toVendorError(response: GuardedResponse, text: string, until?: number): VendorError {
  const { status } = response;
  const after = retryAfter(response.header('retry-after'));
  const fail = (kind: VendorErrorKind, code: string, message: string, more: { until?: number } = {}) =>
    new VendorError(message, { vendor: 'pendo', kind, code, status, detail: readMessage(text), ...more });

  if (status === 401) return deadKey(status);
  // What Pendo really answers to a key that is wrong, of another region, or without write access.
  if (status === 403) {
    return fail('forbidden', 'FORBIDDEN', 'Pendo does not accept the key, or the key has no write access.');
  }
  if (status === 408) return fail('tooMuch', 'VENDOR_TIMEOUT', 'Pendo ran out of its own time.');
  if (status === 413) return fail('tooMuch', 'BODY_TOO_LARGE', 'Pendo asks for less at once.');
  if (status === 429) {
    return fail('wait', 'RATE_LIMIT', 'Pendo’s limit is reached.', { until: until ?? Date.now() + (after ?? 10_000) });
  }
  if (status >= 500) {
    return after !== undefined && after > 0
      ? fail('wait', 'OUTAGE', `Pendo is not available (${status}).`, { until: Date.now() + after })
      : fail('transient', 'OUTAGE', `Pendo is not available (${status}).`);
  }
  return fail('rejected', status === 404 ? 'NOT_FOUND' : 'REJECTED', `Pendo refuses the request (${status}).`);
}

/** A key that was revoked, or belongs to another region. */
export function deadKey(status: number): VendorError {
  const fields = { vendor: 'pendo', kind: 'unauthorised', code: 'UNAUTHORISED', status } as const;
  return new VendorError('Pendo does not accept the integration key.', fields);
}
