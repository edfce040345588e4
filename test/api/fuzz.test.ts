/** Whatever is sent, the API answers as its document says: never a 500, always a problem with a code and a fix. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { connectOnPaper, type Harness, startHarness } from './harness.ts';
import { addressOf, bodyOf, formFieldsOf, listOperations, type Operation, parametersOf } from './operations.ts';

let api: Harness;
let operations: Operation[];
let key: string;
let ids: Record<string, string>;
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
const rounds = Number(process.env.FUZZ_ROUNDS ?? 25);

beforeAll(async () => {
  api = await startHarness();
  operations = await listOperations(api);
  key = await api.key(['admin']);
  const tenant = (await api.call(key, 'POST', '/v1/tenants', { name: 'fuzz' })).body.id as string;
  await api.call(key, 'PUT', `/v1/tenants/${tenant}/syncs/visitor`, { joinKey: { property: 'email' } });
  await connectOnPaper(api.db, tenant);
  await api.db.tenant(tenant, (tx) => tx.updateTable('syncs').set({ state: 'enabled' }).execute());
  const run = (await api.call(key, 'POST', `/v1/tenants/${tenant}/syncs/visitor/runs`, {})).body.run.id as string;
  ids = { tenant, object: 'visitor', run };
  console.info(`seed ${seed}: repeat with FUZZ_SEED=${seed}`);
});
afterAll(() => api[Symbol.asyncDispose]());

const hostile = fc.constantFrom(
  '\0',
  '\ud800',
  '%00',
  "'; drop table tenants; --",
  '../../etc/passwd',
  '{{7*7}}',
  '<script>',
  'a'.repeat(5000),
  '٣',
  '1e9',
  '-1',
  '9'.repeat(30),
  '',
  ' ',
  'null',
  '\u202e',
  '__proto__',
);
const text = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 40 }));
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(null, true, 0, -1, 1e308, 2 ** 53, [], {}, [[[]]]),
);

/** The example with one member replaced, removed or added, or something else entirely. */
function bodies(example: unknown): fc.Arbitrary<unknown> {
  if (example === null || typeof example !== 'object') return value;
  const names = Object.keys(example);
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom(...names, 'extra', '__proto__'), value)
        .map(([name, v]) => ({ ...example, [name]: v })),
    },
    { weight: 1, arbitrary: fc.constant(example) },
    { weight: 1, arbitrary: value },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...names, '')
        .map((name) => Object.fromEntries(Object.entries(example).filter(([n]) => n !== name))),
    },
  );
}

/** What ends the tenant that all the others are about comes last. */
const ending = ['disableTenant', 'deleteTenant'];

test('no request is answered 500, and every refusal is a problem that the document declares', async () => {
  const last = (operation: Operation) => ending.indexOf(operation.id);
  for (const operation of operations.toSorted((a, b) => last(a) - last(b))) {
    const parameters = parametersOf(operation);
    const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    const replaced = fc.dictionary(fc.constantFrom('none', ...named), text, { maxKeys: 2 });
    const asked = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    const query = fc.dictionary(
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom('tenantId', ...asked) }, { weight: 1, arbitrary: text }),
      text,
      { maxKeys: 3 },
    );
    const fields = formFieldsOf(operation);
    const sent = fields
      ? fc.dictionary(fc.oneof(fc.constantFrom(...fields), text), text, { maxKeys: 3 })
      : bodies(bodyOf(operation));
    await fc.assert(
      fc.asyncProperty(replaced, query, sent, async (changed, extra, body) => {
        const address = addressOf(operation, { ...ids, ...wellFormed(changed) });
        const more = new URLSearchParams(wellFormed(extra)).toString();
        const path = more === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${more}`;
        await judged(operation, path, fields ? wellFormed(body as Record<string, string>) : body, fields !== undefined);
      }),
      { numRuns: rounds, seed, endOnFailure: true },
    );
  }
  expect(api.logged.filter((line) => line.includes('request failed'))).toEqual([]);
}, 240_000);

async function judged(operation: Operation, path: string, body: unknown, isForm: boolean): Promise<void> {
  const content = isForm ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body);
  const type = isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : undefined;
  const answer = await api.call(key, operation.method, path, operation.method === 'GET' ? undefined : content, type);
  expect(answer.status).toBeLessThan(500 + (answer.body?.code?.startsWith('VENDOR') ? 100 : 0));
  if (answer.status >= 400 && answer.body !== undefined) {
    expect(answer.body).toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
      message: expect.any(String),
      requestId: expect.any(String),
    });
    expect(answer.body.fix.length).toBeGreaterThan(5);
  }
  // An address that the fuzz has bent may belong to no operation at all.
  if (answer.status !== 404) expect(Object.keys(operation.spec.responses)).toContain(String(answer.status));
}

test('an address takes the methods that the document has, and no other', async () => {
  const paths = Map.groupBy(operations, ({ path }) => path);
  for (const [path, known] of paths) {
    const methods = known.map(({ method }) => method);
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].filter((m) => !methods.includes(m));
    for (const method of others) {
      const at = addressOf(known[0]!, ids);
      // Another operation may be at this very address: `records/search` beside `records/{id}`.
      if (operations.some((one) => one.method === method && sameAddress(one.path, at))) continue;
      const answer = await api.call(key, method, at);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  }
});

function sameAddress(template: string, at: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(at.split('?')[0]!);
}

/** A URL cannot carry half a surrogate pair at all. */
function wellFormed(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, v]) => [name.toWellFormed(), v.toWellFormed()]));
}

test.each([
  ['no JSON', '{"name":', 'MALFORMED_JSON'],
  ['a NUL in a value', '{"name":"a\\u0000b"}', 'UNREADABLE_TEXT'],
  ['a NUL in a name', '{"na\\u0000me":"b"}', 'UNREADABLE_TEXT'],
  ['half a surrogate pair', '{"name":"\\ud800"}', 'UNREADABLE_TEXT'],
  ['too deep', `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'UNREADABLE_TEXT'],
  ['too much', JSON.stringify({ name: 'x'.repeat(300_000) }), 'TOO_LARGE'],
  ['a member too many', '{"name":"a","admin":true}', 'INVALID_REQUEST'],
  ['a body that is no object', '[]', 'INVALID_REQUEST'],
  ['no body', '', 'INVALID_REQUEST'],
])('%s is refused with a code', async (_what, body, code) => {
  const answer = await api.call(key, 'POST', '/v1/tenants', body);
  expect(answer.body?.code).toBe(code);
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
});

test('another type than JSON is refused', async () => {
  const answer = await api.call(key, 'POST', '/v1/tenants', '<a/>', { 'content-type': 'application/xml' });
  expect(answer.body.code).toBe('NOT_JSON');
});

test('every answer carries the security headers, and the request id of the caller where it is a plain one', async () => {
  const answer = await api.call(key, 'GET', '/v1/tenants', undefined, { 'x-request-id': 'my-request-1' });
  expect(answer.headers.get('x-request-id')).toBe('my-request-1');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  const bent = await api.call(key, 'GET', '/v1/tenants', undefined, { 'x-request-id': 'a b<script>' });
  expect(bent.headers.get('x-request-id')).not.toContain('<');
  const { headers } = answer;
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('permissions-policy')).toBe('camera=(), geolocation=(), microphone=()');
  expect(headers.has('strict-transport-security')).toBe(false);
});

test('where browsers reach us by TLS they are to use nothing else: every answer says so, to strangers as well', async () => {
  const app = createApp({ ...api.control, publicUrl: 'https://crosswalk.example.com' });
  for (const path of ['/v1/tenants', '/openapi.json', '/docs', '/health/live', '/nowhere', '/oauth/hubspot/callback']) {
    const { headers } = await app.request(path);
    // Not for other names of the domain, which are not ours.
    expect(headers.get('strict-transport-security'), path).toBe('max-age=31536000');
  }
});
