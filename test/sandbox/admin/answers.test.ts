import { request as ask } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnswerEdit, Call, Fault } from '../../../sandbox/contract.ts';
import { lines, live, openPortal, type TestPortal } from '../hubspot/portal.ts';

let portal: TestPortal;
let id: string;
beforeAll(async () => {
  portal = await openPortal({ contacts: 60, companies: 20, visitors: 30, accounts: 10, tame: true });
  await portal.numbers('contacts', 'pendo_days');
  id = (await live(portal, 'contacts'))[0]!.id;
});
afterEach(async () => {
  await portal.admin('DELETE', 'faults');
  await fetch(`${portal.sandbox.adminUrl}/admin/faults`, { method: 'DELETE' });
});
afterAll(() => portal[Symbol.asyncDispose]());

const add = (fault: Partial<Fault>) => portal.admin('POST', 'faults', { vendor: 'hubspot', ...fault });
const change = (edits: AnswerEdit[], rest: Partial<Fault> = {}) =>
  add({ kind: 'changeAnswer', edits, count: 1, ...rest });
const list = () => portal.get('/crm/objects/2026-09/contacts?limit=5&properties=email,firstname');
const update = (value: string) =>
  portal.post('/crm/objects/2026-09/contacts/batch/update', { inputs: [{ id, properties: { pendo_days: value } }] });
const stored = async () => (await live(portal, 'contacts'))[0]!.properties.pendo_days;
const lastCall = async () => lines<Call>((await portal.admin('GET', 'log')).text).at(-1)!;

const aggregate = (pipeline: unknown[], key = portal.world.pendoKey) =>
  fetch(`${portal.sandbox.pendoUrl}/api/v1/aggregation`, {
    method: 'POST',
    headers: { 'x-pendo-integration-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ response: { mimeType: 'application/json' }, request: { pipeline } }),
  });

/** The answer as it is on the wire: no decoding. */
async function onTheWire(path: string) {
  return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${portal.world.hubspotToken}` };
    const sent = ask(`${portal.sandbox.hubspotUrl}${path}`, { headers }, (answer) => {
      buffer(answer).then((body) => resolve({ headers: answer.headers, body }), reject);
    });
    sent.on('error', reject).end();
  });
}

describe('answerWith', () => {
  it('gives this status, these headers and this body, after so many, so many times, and does nothing', async () => {
    await update('5');
    const body = '<html><title>Request blocked</title></html>';
    const headers = { 'Content-Type': 'text/html', 'X-Firewall': 'yes' };
    await add({ kind: 'answerWith', status: 403, headers, body, route: 'batch/update$', after: 1, count: 1 });
    expect((await update('6')).status).toBe(200);
    const refused = await update('7');
    expect([refused.status, refused.text, refused.headers.get('x-firewall')]).toEqual([403, body, 'yes']);
    expect(await lastCall()).toMatchObject({ operation: 'batchUpdate', status: 403, fault: 'answerWith' });
    expect(await stored()).toBe('6');
    expect((await update('8')).status).toBe(200);
  });

  it('gives any bytes, and no header that was not asked for', async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0xff, 0x00]);
    await add({ kind: 'answerWith', bodyBase64: bytes.toString('base64'), count: 1 });
    const answer = await onTheWire('/crm/v3/objects/contacts');
    expect(answer.body.equals(bytes)).toBe(true);
    expect(answer.headers).not.toHaveProperty('content-type');
    expect(answer.headers['content-length']).toBe('7');
  });

  it('may do the work first', async () => {
    await add({ kind: 'answerWith', status: 500, body: 'sorry', done: true, count: 1 });
    expect((await update('9')).status).toBe(500);
    expect(await stored()).toBe('9');
    expect(await lastCall()).toMatchObject({ status: 500, writes: [{ id, accepted: true }] });
  });

  it('repeats the request to the caller where the body asks for it, as JSON where it is JSON', async () => {
    const body = '{"message":"bad call {{method}} {{path}}: {{headers}} {{body}}"}';
    await add({ kind: 'answerWith', status: 400, headers: { 'content-type': 'application/json' }, body, count: 1 });
    const { message } = (await update('1"0')).json;
    expect(message).toContain(`authorization: Bearer ${portal.world.hubspotToken}`);
    expect(message).toContain('"pendo_days":"1\\"0"');
    await add({ kind: 'answerWith', status: 400, body: 'key {{header:Authorization}}', count: 1 });
    expect((await list()).text).toBe(`key Bearer ${portal.world.hubspotToken}`);
  });

  it('meets Pendo’s routes as well, and requests by what they ask', async () => {
    await add({ vendor: 'pendo', kind: 'answerWith', status: 408, body: 'slow', request: '"skip":7' });
    expect((await aggregate([{ source: { visitors: null } }, { limit: 1 }])).status).toBe(200);
    expect((await aggregate([{ source: { visitors: null } }, { skip: 7 }])).status).toBe(408);
  });

  it('meets everybody when it is the installation’s, also those with no good credential', async () => {
    const fault = { vendor: 'hubspot', kind: 'answerWith', status: 401, body: 'no', route: '^POST /oauth/' };
    const arm = (method: string, body?: unknown) =>
      fetch(`${portal.sandbox.adminUrl}/admin/faults`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    expect((await arm('POST', fault)).status).toBe(200);
    const token = () => portal.call('POST', '/oauth/v1/token', 'grant_type=refresh_token&refresh_token=none');
    expect((await token()).status).toBe(401);
    expect((await list()).status).toBe(200);
    await arm('DELETE');
    expect((await token()).status).toBe(400);
  });
});

describe('changeAnswer', () => {
  it('sets, replaces and removes members in the rows that were chosen', async () => {
    const before = (await list()).json.results;
    const second = before[1];
    await change([
      { path: ['results', '*', 'properties', 'firstname'], where: { path: ['id'], equals: second.id }, set: 42 },
      { path: ['results', '*', 'properties', 'email'], replace: '@.*$', with: '@elsewhere.example' },
      { path: ['results', 0, 'properties', 'firstname'], remove: true },
      { path: ['results', '*'], where: { path: ['id'], equals: before[3].id }, remove: true },
      { path: ['extra', 'deep'], set: { a: [1] } },
    ]);
    const { results, extra } = (await list()).json;
    expect(results.map((row: { id: string }) => row.id)).toEqual([0, 1, 2, 4].map((n) => before[n].id));
    expect(results[1].properties.firstname).toBe(42);
    expect(results[2].properties.firstname).toBe(before[2].properties.firstname);
    expect(results[2].properties.email).toMatch(/@elsewhere\.example$/);
    expect(results[0].properties).not.toHaveProperty('firstname');
    expect(extra).toEqual({ deep: { a: [1] } });
    expect(await lastCall()).toMatchObject({ fault: 'changeAnswer', status: 200, changed: 9 });
  });

  it('does the work: an upsert answers with another key than it stored', async () => {
    const path = ['results', '*', 'properties', 'email'];
    await change([{ path, set: 'other@example.test' }], { route: 'batch/upsert$' });
    const answer = await portal.post('/crm/objects/2026-09/contacts/batch/upsert', {
      inputs: [{ idProperty: 'email', id: 'zoé@example.test', properties: { email: 'zoé@example.test' } }],
    });
    expect(answer.json.results[0].properties.email).toBe('other@example.test');
    expect((await portal.raw('contacts')).some(({ properties }) => properties.email === 'zoé@example.test')).toBe(true);
  });

  it('makes an empty answer with an error in it of a full one', async () => {
    await change(
      [
        { path: ['results'], set: null },
        { path: ['error'], set: { message: 'query failed' } },
      ],
      { vendor: 'pendo', source: '^visitors$' },
    );
    const answer = await aggregate([{ source: { visitors: null } }, { limit: 3 }]);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ results: null, error: { message: 'query failed' } });
  });

  it('puts in what JSON.stringify cannot write, and replaces an answer as a whole', async () => {
    await change([{ path: ['results', 0, 'id'], setJson: '1e999' }]);
    expect((await list()).text).toContain('"id":1e999,');
    await change([{ path: [], set: [] }]);
    expect((await list()).text).toBe('[]');
  });

  it('repeats the caller’s own request to the caller', async () => {
    await change([{ path: ['message'], set: 'refused: {{header:authorization}} {{path}}' }]);
    expect((await list()).json.message).toBe(
      `refused: Bearer ${portal.world.hubspotToken} /crm/objects/2026-09/contacts`,
    );
  });

  it('encodes the answer in any way, under any name, with a byte order mark before it', async () => {
    const path = '/crm/v3/objects/contacts?limit=2';
    const plain = (await onTheWire(path)).body;
    await change([], { encode: 'br', bom: true });
    const brotli = await onTheWire(path);
    expect(brotli.headers['content-encoding']).toBe('br');
    const text = brotliDecompressSync(brotli.body);
    expect([text.subarray(0, 3), text.subarray(3)]).toEqual([Buffer.from([0xef, 0xbb, 0xbf]), plain]);
    await change([], { encode: 'gzip', headers: { 'Content-Encoding': 'X-GZIP' } });
    const gzip = await onTheWire(path);
    expect(gzip.headers['content-encoding']).toBe('X-GZIP');
    expect(gunzipSync(gzip.body)).toEqual(plain);
    await change([], { encode: 'zstd', headers: { 'content-encoding': null, 'content-type': null } });
    const unnamed = await onTheWire(path);
    expect(unnamed.headers).not.toHaveProperty('content-encoding');
    expect(unnamed.headers).not.toHaveProperty('content-type');
    expect(zstdDecompressSync(unnamed.body)).toEqual(plain);
  });

  it('gives another status, and says when its edits met nothing', async () => {
    await change([{ path: ['results', '*', 'properties', 'nothing'], remove: true }], { status: 202 });
    expect((await list()).status).toBe(202);
    expect(await lastCall()).toMatchObject({ status: 202, changed: 0 });
  });
});

describe('quote', () => {
  it('repeats the request and its credentials beside what any other fault answers, and leaves ids and values alone', async () => {
    const token = portal.world.hubspotToken;
    const plain = (await list()).json as { results: unknown[] };
    await add({ kind: 'quote' });
    const listed = await list();
    expect(listed.json.results).toEqual(plain.results);
    expect(listed.text).toContain(token);
    expect(listed.headers.get('x-hubspot-correlation-id')).toBe(token);
    const labels = (await portal.get('/crm/properties/2026-09/contacts')).json.results as { label: string }[];
    expect(labels.filter(({ label }) => !label.includes(token))).toEqual([]);

    const refused = await update('no number');
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ status: 'error', category: token });
    expect(refused.json.message).toMatch(/no number/);
    expect(refused.json.errors[0].context.propertyName).toEqual(expect.arrayContaining(['pendo_days', token]));
    await add({ kind: 'status', status: 502 });
    const page = await list();
    expect([page.status, page.text.startsWith('<html>'), page.text.includes(token)]).toEqual([502, true, true]);

    await portal.admin('POST', 'faults', { vendor: 'pendo', kind: 'quote' });
    const pipeline = [{ source: { visitors: null } }, { limit: 1 }];
    const rows = (await (await aggregate(pipeline)).json()) as { results: unknown[]; quoted: { request: string } };
    expect([rows.results.length, rows.quoted.request]).toEqual([1, expect.stringContaining(portal.world.pendoKey)]);
  });
});

it.each([
  [{ kind: 'changeAnswer', edits: [{ path: 'results', set: 1 }] }, /path/],
  [{ kind: 'changeAnswer', edits: [{ path: ['a'] }] }, /one of set/],
  [{ kind: 'changeAnswer', edits: [{ path: [], remove: true }] }, /whole answer/],
  [{ kind: 'changeAnswer', edits: [{ path: ['a'], replace: '(', with: '' }] }, /regular expression/],
  [{ kind: 'changeAnswer', encode: 'rot13' }, /encode/],
  [{ kind: 'answerWith', status: 42 }, /status/],
  [{ kind: 'answerWith', body: 'a', bodyBase64: 'YQ==' }, /not both/],
  [{ kind: 'answerWith', headers: { 'content-length': '3' } }, /content-length/],
  [{ kind: 'answerWith', headers: { 'bad header': '3' } }, /cannot be sent/],
])('refuses what cannot be carried out: %j', async (fault, why) => {
  const { status, text } = await add(fault as unknown as Partial<Fault>);
  expect(status).toBe(400);
  expect(text).toMatch(why);
});
