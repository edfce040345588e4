/** Casts HubSpot's answers to the closed set of vendor errors. Every member of an error body is optional, says HubSpot. */
import { z } from 'zod';
import { retryAfter } from '../egress/converse.ts';
import type { GuardedResponse, ReplyFacts } from '../egress/types.ts';
import { VendorError, type VendorErrorKind } from '../sync/vendor-error.ts';

const texts = z.union([z.array(z.coerce.string()), z.coerce.string().transform((one) => [one])]).catch([]);
const contextSchema = z.record(z.string(), texts).catch({});

const detailSchema = z
  .object({
    message: z.string().catch(''),
    code: z.string().optional().catch(undefined),
    context: contextSchema.optional(),
  })
  .catch({ message: '' });

const errorSchema = z.object({
  message: z.string().catch(''),
  status: z.string().optional().catch(undefined),
  category: z.string().optional().catch(undefined),
  // A plain string, although the specification says object.
  subCategory: z.string().optional().catch(undefined),
  policyName: z.string().optional().catch(undefined),
  errorType: z.string().optional().catch(undefined),
  context: contextSchema.optional(),
  errors: z.array(detailSchema).optional().catch(undefined),
});
export type HubSpotErrorBody = z.infer<typeof errorSchema>;

export function readErrorBody(body: unknown): HubSpotErrorBody {
  return errorSchema.safeParse(body).data ?? { message: '' };
}

export interface Refusal {
  code: string;
  property?: string;
  message: string;
}

/** What one error says: the most precise code, and the property it is about. */
export function readRefusal(error: HubSpotErrorBody): Refusal {
  const detail = error.errors?.[0];
  const listed = /"error":"([A-Z_]+)"(?:,"name":"([^"]+)")?/.exec(error.message);
  const property =
    detail?.context?.propertyName?.[0] ?? error.context?.propertyName?.[0] ?? error.context?.name?.[0] ?? listed?.[2];
  return {
    code: detail?.code ?? listed?.[1] ?? error.category ?? 'REJECTED',
    ...(property === undefined ? {} : { property }),
    message: error.message || detail?.message || '',
  };
}

/** The codes that blame a property for every row that has it. `READ_ONLY_VALUE` has been seen with and without its end. */
export function blamesProperty(refusal: Refusal): boolean {
  return refusal.property !== undefined && /^(PROPERTY_DOESNT_EXIST|READ_ONLY)/.test(refusal.code);
}

/** The limit's facts in a reply's headers. Search answers carry none; OAuth apps get no daily ones. */
export function readLimits(response: GuardedResponse): ReplyFacts {
  const figure = (name: string) => {
    const text = response.header(`x-hubspot-ratelimit-${name}`);
    const value = text === undefined ? Number.NaN : Number(text);
    return Number.isInteger(value) && value >= 0 ? value : undefined;
  };
  const tenSeconds = (figure('interval-milliseconds') ?? 10_000) === 10_000;
  return {
    status: response.status,
    sentAt: response.sentAt,
    max: tenSeconds ? figure('max') || undefined : undefined,
    remaining: tenSeconds ? figure('remaining') : undefined,
    dailyMax: figure('daily'),
    dailyRemaining: figure('daily-remaining'),
    retryAfter: retryAfter(response.header('retry-after')),
  };
}

/** Which limit a 429 is about. */
export function readPolicy(body: HubSpotErrorBody): 'window' | 'second' | 'day' {
  const policy = `${body.policyName ?? ''} ${body.message}`.toLowerCase();
  if (policy.includes('daily')) return 'day';
  return policy.includes('secondly') && !policy.includes('ten_secondly') ? 'second' : 'window';
}

/** The error for a reply that is not 2xx. `until`: when the budget will give permission again, after a 429. */
export function toVendorError(response: GuardedResponse, text: string, until?: number): VendorError {
  const { status } = response;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {}
  const parsed = readErrorBody(body);
  const after = retryAfter(response.header('retry-after'));
  const fail = (
    kind: VendorErrorKind,
    code: string,
    message: string,
    more: { until?: number; scopes?: string[] } = {},
  ) => new VendorError(message, { vendor: 'hubspot', kind, code, status, detail: text.slice(0, 2048), body, ...more });

  if (status === 401) return fail('unauthorised', 'UNAUTHORISED', 'HubSpot does not accept the token.');
  if (status === 403) {
    const scopes = (parsed.errors ?? []).flatMap((one) => [
      ...(one.context?.requiredGranularScopes ?? []),
      ...(one.context?.requiredScopes ?? []),
    ]);
    return scopes.length > 0 || parsed.category === 'MISSING_SCOPES'
      ? fail('forbidden', 'MISSING_SCOPES', 'The HubSpot token lacks a scope.', { scopes })
      : fail('forbidden', parsed.category ?? 'FORBIDDEN', 'HubSpot forbids this call to the token.');
  }
  if (status === 429) {
    const policy = readPolicy(parsed);
    const code = { window: 'RATE_LIMIT', second: 'SECONDLY_LIMIT', day: 'DAILY_LIMIT' }[policy];
    const wait = after ?? { window: 10_000, second: 1_000, day: 3_600_000 }[policy];
    return fail('wait', code, 'HubSpot’s limit is reached.', { until: until ?? Date.now() + wait });
  }
  // HubSpot asks for at least 2 s.
  if (status === 423) {
    return fail('wait', 'LOCKED', 'HubSpot is busy with a bulk load.', {
      until: Date.now() + Math.max(2_000, after ?? 0),
    });
  }
  if (status === 477) {
    return fail('wait', 'MIGRATION', 'The portal is moving between regions.', {
      until: Date.now() + (after ?? 3_600_000),
    });
  }
  if (status === 408 || status === 413 || status === 414) {
    const code = { 408: 'VENDOR_TIMEOUT', 413: 'BODY_TOO_LARGE', 414: 'URL_TOO_LONG' }[status];
    return fail('tooMuch', code, `HubSpot asks for less at once (${status}).`);
  }
  // 530 is Cloudflare's answer to a malformed token or host: no use in repeating.
  if (status >= 500 && status !== 530) {
    return after !== undefined && after > 0
      ? fail('wait', 'OUTAGE', `HubSpot is not available (${status}).`, { until: Date.now() + after })
      : fail('transient', 'OUTAGE', `HubSpot is not available (${status}).`);
  }
  return fail('rejected', readRefusal(parsed).code, `HubSpot refuses the request (${status}).`);
}
