import { describe, expect, test } from 'vitest';
import type { ValueRow } from '../../src/pendo/index.ts';
import { json } from '../egress/http-server.ts';
import { openPendo } from './open-pendo.ts';

interface SentRow {
  visitorId: string;
  values: Record<string, unknown>;
}

const rows = (count: number): ValueRow[] =>
  Array.from({ length: count }, (_, no) => ({ id: `visitor ${no}`, values: { hubspot_plan: 'pro' } }));
const sent = (body: string): SentRow[] => JSON.parse(body);

test('values are sent as Pendo documents it, and nothing is created unless asked for', async () => {
  const { client, server, limitClasses } = await openPendo((_, response) =>
    json(response, 200, { total: 1, updated: 1, failed: 0 }),
  );
  const values = { hubspot_plan: 'pro', hubspot_seats: 12, hubspot_gone: null };
  const reply = await client.writeValues('account', 'custom', [{ id: 'acme', values }]);
  expect(reply).toEqual({
    updated: ['acme'],
    missing: [],
    errors: [],
    unaccounted: [],
    dropFields: [],
    unsent: [],
    calls: 1,
  });
  await client.writeValues('visitor', 'agent', [{ id: 'v', values }], { create: true });
  expect(server.seen.map((request) => `${request.method} ${request.url}`)).toEqual([
    'POST /api/v1/metadata/account/custom/value',
    'POST /api/v1/metadata/visitor/agent/value?create=true',
  ]);
  expect(JSON.parse(server.seen[0]!.body)).toEqual([{ accountId: 'acme', values }]);
  expect(server.seen[0]!.headers['x-pendo-integration-key']).toBe('key.eu');
  expect(limitClasses).toEqual(['write', 'write']);
});

describe('a 200 is read for the rows that failed', () => {
  test('missing ids and errors of both shapes are told from what was written', async () => {
    const { client } = await openPendo((_, response) =>
      json(response, 200, {
        total: 5,
        updated: 2,
        failed: 3,
        missing: ['visitor 1'],
        errors: ['visitor 3: wrong type', { visitorId: 'visitor 4', message: 'wrong type' }],
      }),
    );
    const reply = await client.writeValues('visitor', 'custom', rows(5));
    expect(reply).toMatchObject({ updated: ['visitor 0', 'visitor 2'], missing: ['visitor 1'], unaccounted: [] });
    expect(reply.errors).toEqual([
      { id: 'visitor 3', message: 'visitor 3: wrong type' },
      { id: 'visitor 4', message: 'wrong type' },
    ]);
  });

  test('one id inside another is not mistaken for it', async () => {
    const { client } = await openPendo((_, response) =>
      json(response, 200, { total: 12, updated: 11, failed: 1, errors: ['bad row: visitor 11'] }),
    );
    const reply = await client.writeValues('visitor', 'custom', rows(12));
    expect(reply.errors).toEqual([{ id: 'visitor 11', message: 'bad row: visitor 11' }]);
    expect(reply.updated).toContain('visitor 1');
  });

  test.each([
    ['a failure that nothing names', { total: 3, updated: 2, failed: 1 }],
    ['an error without an id', { total: 3, updated: 2, failed: 1, errors: ['some row is bad'] }],
    ['fewer updates than rows', { total: 3, updated: 2, failed: 0 }],
    ['no counts at all', {}],
  ])('with %s, no row counts as written', async (_, body) => {
    const { client } = await openPendo((_, response) => json(response, 200, body));
    const reply = await client.writeValues('visitor', 'custom', rows(3));
    expect(reply.updated).toEqual([]);
    expect(reply.unaccounted).toHaveLength(3);
  });
});

describe('a refusal of the whole', () => {
  test('is narrowed down to its row', async () => {
    const { client } = await openPendo((request, response) => {
      const part = sent(request.body);
      if (part.some((row) => row.visitorId === 'visitor 321'))
        return void response.writeHead(400).end('cannot parse value');
      return json(response, 200, { total: part.length, updated: part.length, failed: 0 });
    });
    const reply = await client.writeValues('visitor', 'custom', rows(500));
    expect(reply.errors).toEqual([{ id: 'visitor 321', message: 'cannot parse value' }]);
    expect(reply.updated).toHaveLength(499);
    expect(reply.calls).toBeLessThanOrEqual(20);
  });

  test('that names fields gives all of them up, at the cost of one call', async () => {
    const { client } = await openPendo((_, response) =>
      json(response, 400, { message: 'missing field mappings: [hubspot_plan hubspot_seat]' }),
    );
    const values = { hubspot_plan: 'a', hubspot_seat: 'b', hubspot_role: 'c' };
    const reply = await client.writeValues(
      'visitor',
      'custom',
      rows(10).map((row) => ({ ...row, values })),
    );
    expect(reply.dropFields.map(({ name }) => name)).toEqual(['hubspot_plan', 'hubspot_seat']);
    expect(reply.unsent).toHaveLength(10);
    expect(reply.calls).toBe(1);
  });

  test.each([
    ['a page of a firewall', 400, '<html><body>Blocked</body></html>'],
    ['nothing', 422, ''],
  ])('with %s in the place of an answer is no refusal of the rows', async (_, status, body) => {
    const { client } = await openPendo((_request, response) => void response.writeHead(status).end(body));
    await expect(client.writeValues('visitor', 'custom', rows(4))).rejects.toMatchObject({ kind: 'transient', status });
  });

  test('because of the key is no matter of the rows', async () => {
    for (const [status, verified, kind, told] of [
      [401, 401, 'unauthorised', 401],
      // The key is good for another call: whatever said 401 did not mean the key.
      [401, 204, 'transient', 401],
      // Pendo says 403 to a dead key and to one without write access: it is asked which.
      [403, 403, 'unauthorised', 403],
      [403, 204, 'forbidden', 403],
      // Not answered is not refused.
      [403, 500, 'transient', 500],
    ] as const) {
      const { client, server } = await openPendo(
        (request, response) => void response.writeHead(request.url?.endsWith('/verify') ? verified : status).end(),
      );
      await expect(client.writeValues('visitor', 'custom', rows(4))).rejects.toMatchObject({ kind, status: told });
      expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(2);
    }
  });
});

test('a batch that ends half-way says what was taken, and what ended it', async () => {
  let dead = false;
  const { client } = await openPendo((request, response) => {
    if (dead || request.url?.endsWith('/verify')) return void response.writeHead(401).end();
    const part = sent(request.body);
    if (part.some((row) => row.visitorId === 'visitor 7'))
      return void response.writeHead(400).end('cannot parse value');
    dead = true;
    return json(response, 200, { total: part.length, updated: part.length, failed: 0 });
  });
  const reply = await client.writeValues('visitor', 'custom', rows(8));
  expect(reply.updated).toEqual(['visitor 0', 'visitor 1', 'visitor 2', 'visitor 3']);
  expect(reply.failure).toMatchObject({ kind: 'unauthorised' });
});

describe('a batch that takes too long', () => {
  test('by Pendo’s own clock is sent by halves', async () => {
    const { client, server } = await openPendo((request, response) => {
      const part = sent(request.body);
      if (part.length > 100) return void response.writeHead(408).end();
      return json(response, 200, { total: part.length, updated: part.length, failed: 0 });
    });
    const reply = await client.writeValues('visitor', 'custom', rows(400));
    expect(reply.updated).toHaveLength(400);
    expect(server.seen.map((request) => sent(request.body).length)).toEqual([400, 200, 100, 100, 200, 100, 100]);
  });

  test('by ours too, but not for ever', async () => {
    const { client, server } = await openPendo(() => {}, { timeouts: { total: 60 } });
    const writing = client.writeValues('visitor', 'custom', rows(400));
    await expect(writing).rejects.toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
    expect(server.seen.length).toBeLessThan(8);
  });
});
