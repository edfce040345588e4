import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../../infra/wait-until.ts';
import type { Call, Fault } from '../../../sandbox/contract.ts';
import { lines, live, openPortal, type TestPortal } from '../hubspot/portal.ts';

let portal: TestPortal;
let id: string;
beforeAll(async () => {
  portal = await openPortal({ contacts: 300, companies: 20, visitors: 30, accounts: 10 });
  await portal.numbers('contacts', 'pendo_days');
  id = (await live(portal, 'contacts'))[0]!.id;
});
afterEach(() => portal.admin('DELETE', 'faults'));
afterAll(() => portal[Symbol.asyncDispose]());

const add = (fault: Partial<Fault>) => portal.admin('POST', 'faults', { vendor: 'hubspot', ...fault });
const list = (query = '?limit=100') => portal.get(`/crm/objects/2026-09/contacts${query}`);
const update = (value: string) =>
  portal.post('/crm/objects/2026-09/contacts/batch/update', { inputs: [{ id, properties: { pendo_days: value } }] });
const stored = async () => (await live(portal, 'contacts'))[0]!.properties.pendo_days;
const lastCall = async () => lines<Call>((await portal.admin('GET', 'log')).text).at(-1)!;

describe('faults', () => {
  it('hit the routes they name, after so many, so many times', async () => {
    await add({ kind: 'status', status: 500, route: '^POST .*batch/update$', after: 1, count: 2 });
    expect((await list()).status).toBe(200);
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await update(String(n))).status);
    expect(statuses).toEqual([200, 500, 500, 200, 200]);
    const calls = lines<Call>((await portal.admin('GET', 'log')).text).slice(-5);
    expect(calls.map(({ operation, status, fault }) => [operation, status, fault])).toEqual([
      ['batchUpdate', 200, undefined],
      ['batchUpdate', 500, 'status'],
      ['batchUpdate', 500, 'status'],
      ['batchUpdate', 200, undefined],
      ['batchUpdate', 200, undefined],
    ]);
  });

  it('hit a share of the requests, the same ones for the same seed', async () => {
    const run = async () => {
      await portal.admin('DELETE', 'faults');
      await add({ kind: 'status', status: 502, rate: 0.3, seed: 5 });
      const statuses: number[] = [];
      for (let n = 0; n < 60; n++) statuses.push((await list('?limit=1')).status);
      return statuses;
    };
    const once = await run();
    expect(await run()).toEqual(once);
    const share = once.filter((status) => status === 502).length / 60;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.5);
  });

  it('timeoutAfter does the write and never tells; timeoutBefore does nothing', async () => {
    const impatient = (value: string) =>
      fetch(`${portal.sandbox.hubspotUrl}/crm/objects/2026-09/contacts/batch/update`, {
        method: 'POST',
        headers: { authorization: `Bearer ${portal.world.hubspotToken}` },
        body: JSON.stringify({ inputs: [{ id, properties: { pendo_days: value } }] }),
        signal: AbortSignal.timeout(1_000),
      });
    const hung = (kind: string) => expect.poll(async () => (await lastCall()).fault, { timeout: 10_000 }).toBe(kind);
    await add({ kind: 'timeoutBefore', count: 1 });
    await expect(impatient('71')).rejects.toThrow();
    await hung('timeoutBefore');
    expect(await stored()).not.toBe('71');
    await portal.admin('DELETE', 'faults');
    await add({ kind: 'timeoutAfter', count: 1 });
    await expect(impatient('72')).rejects.toThrow();
    await hung('timeoutAfter');
    expect(await stored()).toBe('72');
    expect(await lastCall()).toMatchObject({ operation: 'batchUpdate', writes: [{ id, accepted: true }] });
  });

  it('reset cuts the connection before, resetAfter when it is done', async () => {
    await add({ kind: 'reset', count: 1 });
    await expect(update('81')).rejects.toThrow();
    expect(await stored()).not.toBe('81');
    await portal.admin('DELETE', 'faults');
    await add({ kind: 'resetAfter', count: 1 });
    await expect(update('82')).rejects.toThrow();
    expect(await stored()).toBe('82');
  });

  it('noop200 answers like a success and does nothing', async () => {
    await update('90');
    await add({ kind: 'noop200', count: 1 });
    const { status, json } = await update('91');
    expect({ status, ids: json.results.map((record: { id: string }) => record.id) }).toEqual({
      status: 200,
      ids: [id],
    });
    expect(await stored()).toBe('90');
    expect((await lastCall()).writes).toEqual([expect.objectContaining({ accepted: false })]);
  });

  it('truncate stops half-way, slowBody drips, noBody200 and empty200 are as they say', async () => {
    await add({ kind: 'truncate', count: 1 });
    await expect(list()).rejects.toThrow();
    await add({ kind: 'slowBody', ms: 200, count: 1 });
    const begin = performance.now();
    expect((await list()).json.results).toHaveLength(100);
    expect(performance.now() - begin).toBeGreaterThan(150);
    await portal.admin('DELETE', 'faults');
    await add({ kind: 'noBody200', count: 1 });
    expect(await list()).toMatchObject({ status: 200, text: '' });
    await portal.admin('DELETE', 'faults');
    await add({ kind: 'empty200', count: 1 });
    expect((await list()).json).toEqual({ results: [] });
  });

  it('repeatPage gives the page before again', async () => {
    await add({ kind: 'repeatPage', after: 1, count: 1 });
    const first = await list();
    const cursor = first.json.paging.next.after;
    expect((await list(`?limit=100&after=${cursor}`)).json).toEqual(first.json);
    expect((await list(`?limit=100&after=${cursor}`)).json).not.toEqual(first.json);
  });

  it('otherWorld answers with what another world holds, and writes nothing there', async () => {
    const another = {
      world: 'another',
      seed: 5,
      contacts: 50,
      companies: 2,
      visitors: 2,
      accounts: 2,
      activityDays: 1,
    };
    const made = await fetch(`${portal.sandbox.adminUrl}/admin/worlds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(another),
    });
    expect(made.status).toBeLessThan(300);
    await add({ kind: 'otherWorld', world: 'another', count: 1 });
    const { results } = (await list()).json;
    expect(results).not.toHaveLength(0);
    expect(results).not.toEqual((await list()).json.results);
    const refused = await add({ kind: 'otherWorld', world: 'nowhere' });
    expect(refused.status).toBe(400);
  });

  it('latency waits, with jitter up to as much again', async () => {
    await add({ kind: 'latency', ms: 120, jitter: true });
    const begin = performance.now();
    expect((await list()).status).toBe(200);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(119);
  });

  it('latency holds a request up until faults are cleared', async () => {
    await add({ kind: 'latency', ms: 3_600_000 });
    const held = list();
    await waitUntil(async () => (await lastCall()).status === 0 || undefined, { what: 'it', timeoutMs: 5_000 });
    await portal.admin('DELETE', 'faults');
    expect((await held).status).toBe(200);
  });

  it('revoked kills the credential until faults are cleared', async () => {
    await add({ kind: 'revoked', after: 1, count: 1 });
    expect((await list()).status).toBe(200);
    expect((await list()).status).toBe(401);
    expect((await list()).status).toBe(401);
    await portal.admin('DELETE', 'faults');
    expect((await list()).status).toBe(200);
  });

  it.each([
    [429, 'application/json', /RATE_LIMIT/],
    [401, 'application/json', /INVALID_AUTHENTICATION/],
    [403, 'application/json', /MISSING_SCOPES/],
    [477, 'application/json', /MIGRATION/],
    [423, 'application/json', /LOCKED/],
    [500, 'application/json', /internal error/],
    [502, 'text/html', /<html>/],
    [503, null, /upstream/],
    [504, 'text/html', /Gateway/],
  ])('status %i looks like the real one', async (status, type, body) => {
    await add({ kind: 'status', status, retryAfter: 7, count: 1 });
    const answer = await list();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')?.split(';')[0] ?? null).toBe(type);
    expect(answer.text).toMatch(body);
    expect(answer.headers.get('retry-after')).toBe('7');
  });

  it('send no Retry-After unless told to', async () => {
    await add({ kind: 'status', status: 429, count: 1 });
    expect((await list()).headers.get('retry-after')).toBeNull();
  });

  it('of Pendo’s side are told apart by the source of an aggregation', async () => {
    await add({ vendor: 'pendo', kind: 'status', status: 503, source: '^visitors$' });
    const aggregate = (source: object) =>
      fetch(`${portal.sandbox.pendoUrl}/api/v1/aggregation`, {
        method: 'POST',
        headers: { 'x-pendo-integration-key': portal.world.pendoKey, 'content-type': 'application/json' },
        body: JSON.stringify({
          response: { mimeType: 'application/json' },
          request: { pipeline: [{ source }, { limit: 1 }] },
        }),
      });
    expect((await aggregate({ visitors: null })).status).toBe(503);
    expect((await aggregate({ accounts: null })).status).toBe(200);
  });

  it('that do not exist are refused', async () => {
    expect((await add({ kind: 'gremlins' as never })).status).toBe(400);
    expect((await add({ kind: 'status', route: '(' })).status).toBe(400);
  });
});
