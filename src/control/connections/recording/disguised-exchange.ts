/**
 * One request and its answer without anything that is the account's own. What stays is what Crosswalk itself wrote into the request,
 * the words of the vendors' APIs, and the figures that an aggregation worked out.
 */
import type { Exchange } from '../../../egress/index.ts';
import type { Vendor } from '../../../sync/legs.ts';
import type { Disguise } from './disguise.ts';

export interface RecordedExchange {
  vendor: Vendor;
  method: string;
  path: string;
  /** JSON. */
  body?: unknown;
  status: number;
  headers: Record<string, string>;
  /** JSON, or the text of an answer that is none. */
  answer: unknown;
}

/** Types of polls and states of guides, by which surveys are found, and words of answers that tell errors apart. */
const apiWords = new Set(
  `NPSRating NPSReason PickList FreeForm YesNo NumberScale TextArea public draft staged disabled
   ASCENDING DESCENDING error VALIDATION_ERROR OBJECT_NOT_FOUND RATE_LIMITS MISSING_SCOPES`.split(/\s+/),
);
const isApiWord = (text: string): boolean => apiWords.has(text) || text.toLowerCase() === 'npsrating';

/** Properties that every portal has. */
const standardProperties = /^(hs_.*|createdate|lastmodifieddate|email|firstname|lastname|name|domain)$/;
/** Members whose members are named by the account. */
const namedByAccount = new Set(['properties', 'metadata', 'propertiesWithHistory']);

export function disguiseExchange(exchange: Exchange & { vendor: Vendor }, disguise: Disguise): RecordedExchange {
  const { vendor, method, status, headers } = exchange;
  const sent = exchange.body === undefined ? undefined : (parsed(exchange.body) as unknown);
  const own = new Set(ownTexts(sent).filter((text) => disguise.known(text) === undefined));
  const counts = vendor === 'pendo' && exchange.path.endsWith('/aggregation');
  const answer = parsed(exchange.answer);
  return {
    vendor,
    method,
    path: inRequest(exchange.path, disguise),
    ...(sent === undefined ? {} : { body: bodyOf(sent, disguise) }),
    status,
    headers,
    answer: typeof answer === 'string' ? spoken(answer, own, disguise) : disguised(answer, { own, counts, disguise }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Texts of Crosswalk's own in a request: constants of a pipeline, and literals of its expressions. */
function ownTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...literals(value)];
  if (Array.isArray(value)) return value.flatMap(ownTexts);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => [name, ...ownTexts(one)]);
}

const quoted = /"(?:[^"\\]|\\.)*"/g;
const literals = (expression: string): string[] => (expression.match(quoted) ?? []).map((text) => String(parsed(text)));

/** What came in an answer before is asked for by the text that was invented for it. */
function inRequest(text: string, disguise: Disguise): string {
  return text.replace(/[^/?&=,]+/g, (part) => {
    const known = disguise.known(decodeURIComponent(part));
    return known === undefined ? part : encodeURIComponent(known);
  });
}

function bodyOf(value: unknown, disguise: Disguise): unknown {
  if (typeof value === 'string') {
    const known = disguise.known(value);
    if (known !== undefined) return known;
    return value.replace(quoted, (literal) =>
      JSON.stringify(disguise.known(String(parsed(literal))) ?? parsed(literal)),
    );
  }
  if (Array.isArray(value)) return value.map((one) => bodyOf(one, disguise));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, bodyOf(one, disguise)]));
}

interface Rules {
  own: ReadonlySet<string>;
  /** Figures are what an aggregation worked out, and stay. */
  counts: boolean;
  disguise: Disguise;
}

const isId = (name: string): boolean => /id$/i.test(name);

function disguised(value: unknown, rules: Rules, name = ''): unknown {
  const { own, counts, disguise } = rules;
  const isFigure = counts && !isId(name);
  if (typeof value === 'string') {
    if (own.has(value) || isApiWord(value)) return value;
    return isFigure && /^-?\d+(\.\d+)?$/.test(value) ? value : disguise.text(value);
  }
  if (typeof value === 'number') return isFigure ? value : disguise.number(value);
  if (Array.isArray(value)) return value.map((one) => disguised(one, rules, name));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([member, one]) => {
    const keeps = !namedByAccount.has(name) || standardProperties.test(member) || own.has(member);
    const isWord = /^[A-Za-z_$][\w$]*$/.test(member);
    return [keeps && isWord ? member : disguise.text(member), disguised(one, rules, member)];
  });
  return Object.fromEntries(members);
}

/** An answer that is no JSON, word by word. */
function spoken(text: string, own: ReadonlySet<string>, disguise: Disguise): string {
  return text.replace(/[\p{L}\p{N}@._-]{3,}/gu, (word) =>
    own.has(word) || isApiWord(word) ? word : disguise.text(word),
  );
}
