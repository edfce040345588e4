/** Casts Pendo's answers to the closed set of vendor errors. No schema of its error bodies is known: JSON or plain text. */
import { z } from 'zod';
import { retryAfter, unexpected } from '../egress/converse.ts';
import type { GuardedResponse } from '../egress/types.ts';
import { isWebPage } from '../egress/web-page.ts';
import { VendorError, type VendorErrorFields, type VendorErrorKind } from '../sync/vendor-error.ts';

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
  const detail = readMessage(text);
  const fail = (kind: VendorErrorKind, code: string, message: string, more: Partial<VendorErrorFields> = {}) =>
    new VendorError(message, { vendor: 'pendo', kind, code, status, detail, ...more });
  const comeBack = after === undefined || after === 0 ? {} : { until: Date.now() + after };

  if (status === 408) return fail('tooMuch', 'VENDOR_TIMEOUT', 'Pendo ran out of its own time.');
  if (status === 413) return fail('tooMuch', 'BODY_TOO_LARGE', 'Pendo asks for less at once.');
  if (status === 429) {
    return fail('wait', 'RATE_LIMIT', 'Pendo’s limit is reached.', { until: until ?? Date.now() + (after ?? 10_000) });
  }
  if (status >= 500) {
    const kind = 'until' in comeBack ? 'wait' : 'transient';
    return fail(kind, 'OUTAGE', `Pendo is not available (${status}).`, comeBack);
  }
  if (isWebPage(response.header('content-type'), text)) return unexpected('pendo', status, { detail, ...comeBack });
  // Both have been seen without a body worth the name, so what counts is that they are said twice.
  if (status === 401) return deadKey(status);
  // What Pendo really answers to a key that is wrong, of another region, or without write access.
  if (status === 403) {
    return fail('forbidden', 'FORBIDDEN', 'Pendo does not accept the key, or the key has no write access.');
  }
  if (![400, 404, 422].includes(status) || text.trim() === '') {
    return unexpected('pendo', status, { detail, ...comeBack });
  }
  return fail('rejected', status === 404 ? 'NOT_FOUND' : 'REJECTED', `Pendo refuses the request (${status}).`, {
    explained: true,
  });
}

/** A key that was revoked, or belongs to another region. */
export function deadKey(status: number): VendorError {
  const fields = { vendor: 'pendo', kind: 'unauthorised', code: 'UNAUTHORISED', status } as const;
  return new VendorError('Pendo does not accept the integration key.', fields);
}
