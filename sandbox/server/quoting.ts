/**
 * The `quote` fault: an answer that repeats what it was asked with, the credentials among it, wherever it has room for words.
 * Ids, values and cursors stay: whoever asked gets what they wanted, and more.
 */
import { collect } from './respond.ts';
import type { VendorRequest, VendorResponse } from './vendor.ts';

type Answer = Pick<VendorResponse, 'status' | 'headers' | 'body'>;

/** Written for people in answers that are no refusal. */
const words = /^(label|description|displayName|pluralLabel|message|correlationId|traceId|error_description|question)$/;
/** Of codes, which stand alone. */
const codes = /^(code|category|subCategory|errorType|policyName|error)$/;
/** Of lists of texts about a refusal. */
const lists = /^(propertyName|name|ids|requiredScopes|requiredGranularScopes|missing|errors)$/;
const secretFields = ['client_secret', 'refresh_token', 'token', 'code', 'code_verifier'];
const longestBody = 2_000;

export async function quoted(answer: Answer, request: VendorRequest): Promise<Answer> {
  const quote = quoteOf(request);
  const body = await collect(answer.body);
  const type = answer.headers['content-type'] ?? '';
  const headers: Record<string, string> = {
    ...answer.headers,
    'x-hubspot-correlation-id': quote.all,
    'x-trace': quote.all,
    'www-authenticate': `Bearer realm="${quote.all}"`,
    warning: `199 - "${quote.all}"`,
    'set-cookie': `asked=${encodeURIComponent(quote.all)}`,
  };
  if (answer.headers.location !== undefined) headers.location = `/elsewhere?asked=${encodeURIComponent(quote.all)}`;
  const packed = answer.headers['content-encoding'] !== undefined;
  if (answer.status === 204 || body.length === 0 || packed) return { ...answer, headers };
  const json = /json/i.test(type) ? parsed(body.toString()) : undefined;
  if (json === undefined) {
    const text = type.startsWith('text/html') ? `<pre>${quote.whole}</pre>` : quote.whole;
    return { ...answer, headers, body: `${body}${text}` };
  }
  const told = tell(json, '', answer.status >= 400, quote);
  const more = {
    quoted: { request: quote.whole, headers: request.headers, each: [[quote.all], { code: quote.next() }] },
  };
  return { ...answer, headers, body: JSON.stringify(isObject(told) ? { ...more, ...told } : told) };
}

interface Quote {
  /** The credentials in one line. */
  all: string;
  /** The whole request as far as it is shown. */
  whole: string;
  /** One credential after the other. */
  next(): string;
}

function quoteOf({ method, path, query, headers, body }: VendorRequest): Quote {
  const inHeaders = [headers.authorization?.replace(/^\w+\s+/, ''), headers['x-pendo-integration-key']];
  const isForm = /form-urlencoded/.test(headers['content-type'] ?? '');
  const form = new URLSearchParams(isForm ? body : '');
  const found = [...inHeaders, ...secretFields.map((name) => form.get(name))].filter((one) => !!one) as string[];
  const all = found.join(' ');
  let shown = 0;
  return {
    all,
    whole: `asked with ${all}: ${method} ${path}?${query} ${isForm ? String(form) : ''} ${body.slice(0, longestBody)}`,
    next: () => found[shown++ % found.length] ?? '',
  };
}

function tell(value: unknown, key: string, refused: boolean, quote: Quote): unknown {
  if (typeof value === 'string') {
    if (refused && codes.test(key)) return quote.next();
    return refused || words.test(key) ? `${value} ${quote.whole}` : value;
  }
  if (Array.isArray(value)) {
    const inside = refused || key === 'errors';
    const told = value.map((one) => tell(one, key, inside, quote));
    const isTexts = value.length > 0 && value.every((one) => typeof one === 'string');
    return inside && isTexts && lists.test(key) ? [...value, quote.next(), ...told] : told;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      // HubSpot says `status: error` of every refusal, and clients know it by that.
      if (name === 'status' && typeof inner === 'string') return [name, inner];
      // Where there is an id beside it, the name is for people; else it is an id itself.
      if (name === 'name' && typeof inner === 'string' && value.id !== undefined)
        return [name, `${inner} ${quote.all}`];
      return [name, tell(inner, name, refused || key === 'errors', quote)];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
