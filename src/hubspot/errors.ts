/** Casts HubSpot's answers to the closed set of vendor errors. Every member of an error body is optional, says HubSpot. */
import { z } from 'zod';
import { retryAfter, unexpected } from '../egress/converse.ts';
import type { GuardedResponse, ReplyFacts } from '../egress/types.ts';
import { isWebPage } from '../egress/web-page.ts';
import { VendorError, type VendorErrorFields, type VendorErrorKind } from '../sync/vendor-error.ts';
import { keptCode, keptProperties } from '../sync/vendor-words.ts';

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

/**
 * What one error says, in as many refusals as it has details: each with its code and the property that it is about. Where a
 * reply has no list of details, the validator's list inside the message is read: it is the same list, as JSON.
 */
export function readRefusals(error: HubSpotErrorBody): [Refusal, ...Refusal[]] {
  const whole = { code: keptCode(error.category) ?? 'REJECTED', message: error.message };
  const named = keptProperties([...(error.context?.propertyName ?? []), ...(error.context?.name ?? [])]);
  const details = error.errors?.length ? error.errors : detailsInMessage(error.message);
  const refusals = details.flatMap((detail) => {
    const own = detail.context?.propertyName ?? detail.context?.name;
    const properties = own === undefined ? (details.length === 1 ? named : []) : keptProperties(own);
    const one = { code: keptCode(detail.code) ?? whole.code, message: detail.message || whole.message };
    return properties.length === 0 ? [one] : properties.map((property) => ({ ...one, property }));
  });
  const plain = named.length === 0 ? [whole] : named.map((property) => ({ ...whole, property }));
  const [first = plain[0]!, ...others] = refusals.length > 0 ? refusals : plain;
  return [first, ...others];
}

const listedSchema = z.array(
  z.object({
    error: z.string().optional().catch(undefined),
    name: z.string().optional().catch(undefined),
    message: z.string().catch(''),
  }),
);

/** `Property values were not valid: [{"isValid":false,"message":"…","error":"INVALID_OPTION","name":"…"}]` */
function detailsInMessage(message: string): z.infer<typeof detailSchema>[] {
  const start = message.indexOf('[{');
  const end = message.lastIndexOf(']');
  if (start < 0 || end < start) return [];
  try {
    const listed = listedSchema.parse(JSON.parse(message.slice(start, end + 1)));
    return listed.map(({ error, name, message: words }) => ({
      message: words,
      code: error,
      ...(name === undefined ? {} : { context: { propertyName: [name] } }),
    }));
  } catch {
    return [];
  }
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
    max: tenSeconds ? figure('max') || undefined : undefined,
    remaining: tenSeconds ? figure('remaining') : undefined,
    dailyMax: figure('daily'),
    dailyRemaining: figure('daily-remaining'),
    retryAfter: retryAfter(response.header('retry-after')),
  };
}

/** Which limit a 429 is about. */
export function readPolicy(body: HubSpotErrorBody): 'window' | 'second' | 'day' | 'month' {
  const policy = `${body.policyName ?? ''} ${body.message}`.toLowerCase();
  if (policy.includes('monthly')) return 'month';
  if (policy.includes('daily')) return 'day';
  return policy.includes('secondly') && !policy.includes('ten_secondly') ? 'second' : 'window';
}

/**
 * Did HubSpot itself write this? Every member is optional, but one of these is there; a firewall's page or an empty body has
 * none, and what it says with its status is not HubSpot's word.
 */
function isOwn(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const { status, message, category, correlationId, errors } = body as Record<string, unknown>;
  return status === 'error' || [message, category, correlationId].some((one) => typeof one === 'string') || !!errors;
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
  const own = isOwn(body) && !isWebPage(response.header('content-type'), text);
  const detail = text.slice(0, 2048);
  const fail = (kind: VendorErrorKind, code: string, message: string, more: Partial<VendorErrorFields> = {}) =>
    new VendorError(message, { vendor: 'hubspot', kind, code, status, detail, body, ...more });
  const comeBack = after === undefined || after === 0 ? {} : { until: Date.now() + after };

  if (status === 429) {
    const policy = readPolicy(parsed);
    const code = { window: 'RATE_LIMIT', second: 'SECONDLY_LIMIT', day: 'DAILY_LIMIT', month: 'MONTHLY_LIMIT' }[policy];
    const wait = after ?? { window: 10_000, second: 1_000, day: 3_600_000, month: 86_400_000 }[policy];
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
  if (status === 408) return fail('tooMuch', 'VENDOR_TIMEOUT', 'HubSpot ran out of its own time.');
  if (status === 413 || status === 414) {
    const code = { 413: 'BODY_TOO_LARGE', 414: 'URL_TOO_LONG' }[status];
    return fail('tooMuch', code, `HubSpot asks for less at once (${status}).`);
  }
  // 530 among them: Cloudflare did not find its way to HubSpot.
  if (status >= 500) {
    const kind = 'until' in comeBack ? 'wait' : 'transient';
    return fail(kind, 'OUTAGE', `HubSpot is not available (${status}).`, comeBack);
  }
  if (!own) return unexpected('hubspot', status, { detail, ...comeBack });
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
  if (![400, 404, 409, 422].includes(status)) return unexpected('hubspot', status, { detail, ...comeBack });
  const explained =
    parsed.category === 'VALIDATION_ERROR' || (parsed.errors ?? []).some((one) => one.code !== undefined);
  return fail('rejected', readRefusals(parsed)[0]!.code, `HubSpot refuses the request (${status}).`, { explained });
}
