import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/egress/types.ts';
import type { UpdateInput } from '../../src/hubspot/index.ts';
import { type Answer, json } from '../egress/http-server.ts';
import { openBudget } from '../egress/open-budget.ts';
import { openHubSpot } from './open-hubspot.ts';

interface SentInput {
  id: string;
  idProperty?: string;
  properties: Record<string, string>;
  objectWriteTraceId: string;
}

const inputs = (count: number, days = '12'): UpdateInput[] =>
  Array.from({ length: count }, (_, no) => ({ id: String(no + 1), properties: { pendo_days_active_180d: days } }));
const sent = (body: string): SentInput[] => JSON.parse(body).inputs;
const result = ({ id, properties }: { id: string; properties: Record<string, string> }) => ({
  id,
  properties: { hs_object_id: id, ...properties },
  createdAt: '2024-01-17T19:55:04.281Z',
  updatedAt: '2026-01-17T19:55:04.281Z',
  archived: false,
});
const notValid = (property: string, code: string) => ({
  status: 'error',
  message: `Property values were not valid: [{"isValid":false,"message":"x","error":"${code}","name":"${property}"}]`,
  errors: [{ message: 'x', code, context: { propertyName: [property] } }],
  category: 'VALIDATION_ERROR',
});

describe('an update', () => {
  test('names every row by its record id, with a trace id of its own', async () => {
    const { client, server } = await openHubSpot((request, response) =>
      json(response, 200, { status: 'COMPLETE', results: sent(request.body).map(result) }),
    );
    const reply = await client.batchUpdate('contacts', inputs(3));
    const rows = sent(server.seen[0]!.body);
    expect(server.seen[0]!.url).toBe('/crm/objects/2026-03/contacts/batch/update');
    expect(rows.map((row) => row.id)).toEqual(['1', '2', '3']);
    expect(rows.every((row) => !('idProperty' in row))).toBe(true);
    expect(new Set(rows.map((row) => row.objectWriteTraceId)).size).toBe(3);
    expect(reply).toMatchObject({ rejected: [], absent: [], unsent: [], calls: 1 });
    expect(reply.accepted.map((row) => row.id)).toEqual(['1', '2', '3']);
  });

  test('is reconciled by id: shuffled results, rows left out, rows refused by trace id and by id', async () => {
    const { client } = await openHubSpot((request, response) => {
      const rows = sent(request.body);
      const results = rows.slice(0, 5).reverse().map(result);
      const traceOf = (id: string) => rows.find((row) => row.id === id)!.objectWriteTraceId;
      json(response, 207, {
        status: 'COMPLETE',
        results,
        numErrors: 2,
        errors: [
          {
            status: 'error',
            category: 'OBJECT_NOT_FOUND',
            message: 'gone',
            context: { objectWriteTraceId: [traceOf('7')], ids: ['7'] },
          },
          { status: 'error', category: 'VALIDATION_ERROR', message: 'bad', context: { ids: ['8'] } },
        ],
      });
    });
    const reply = await client.batchUpdate('contacts', inputs(8));
    expect(reply.accepted.map((row) => row.id).sort()).toEqual(['1', '2', '3', '4', '5']);
    expect(reply.rejected.map(({ input, code }) => [input, code])).toEqual([
      ['7', 'OBJECT_NOT_FOUND'],
      ['8', 'VALIDATION_ERROR'],
    ]);
    expect(reply.absent).toEqual(['6']);
  });

  test('an error that names no row counts for the rows that nothing accounts for', async () => {
    const { client } = await openHubSpot((request, response) =>
      json(response, 207, {
        results: sent(request.body).slice(1).map(result),
        errors: [{ category: 'VALIDATION_ERROR', message: 'some row' }],
      }),
    );
    const reply = await client.batchUpdate('contacts', inputs(4));
    expect(reply.rejected.map((row) => row.input)).toEqual(['1']);
    expect(reply.absent).toEqual([]);
  });

  test.each([400, 409])('refused as a whole with %i is split until the culprits stand alone', async (status) => {
    const bad = new Set(['17', '63']);
    const { client } = await openHubSpot((request, response) => {
      const rows = sent(request.body);
      if (rows.some((row) => bad.has(row.id))) {
        return json(response, status, notValid('pendo_days_active_180d', 'INVALID_INTEGER'));
      }
      return json(response, 200, { results: rows.map(result) });
    });
    const reply = await client.batchUpdate('contacts', inputs(100));
    expect(reply.rejected.map((row) => row.input)).toEqual(['17', '63']);
    expect(reply.rejected[0]).toMatchObject({ code: 'INVALID_INTEGER', property: 'pendo_days_active_180d' });
    expect(reply.accepted).toHaveLength(98);
    expect(reply.calls - 1).toBeLessThanOrEqual(16 * bad.size);
  });

  test('refused for every single row does not use up the day', async () => {
    const { client } = await openHubSpot((_, response) => json(response, 400, { category: 'VALIDATION_ERROR' }));
    const reply = await client.batchUpdate('contacts', inputs(100));
    expect(reply.rejected).toHaveLength(100);
    expect(reply.calls).toBeLessThan(40);
  });

  test.each([
    ['400 for all', 'PROPERTY_DOESNT_EXIST', 400],
    ['400 for all', 'READ_ONLY_VALUE', 400],
    ['207 for each row', 'PROPERTY_DOESNT_EXIST', 207],
  ])(
    'an unknown or read-only property is named for dropping (%s, %s), at the cost of one call',
    async (_, code, status) => {
      const answer: Answer = (request, response) => {
        const error = notValid('pendo_gone', code);
        const rows = sent(request.body);
        const good = rows.filter((row) => !('pendo_gone' in row.properties));
        if (status === 400) return json(response, 400, error);
        const errors = rows
          .filter((row) => 'pendo_gone' in row.properties)
          .map((row) => ({ ...error, context: { objectWriteTraceId: [row.objectWriteTraceId] } }));
        return json(response, 207, { results: good.map(result), numErrors: errors.length, errors });
      };
      const { client } = await openHubSpot(answer);
      const rows = inputs(6).map((row, no) =>
        no < 2 ? row : { ...row, properties: { ...row.properties, pendo_gone: '1' } },
      );
      const reply = await client.batchUpdate('contacts', rows);
      expect(reply.dropProperties).toMatchObject([{ name: 'pendo_gone', code }]);
      expect(reply.calls).toBe(1);
      expect(reply.rejected).toEqual([]);
      expect(reply.unsent).toEqual(rows.slice(status === 400 ? 0 : 2).map((row) => row.id));
    },
  );

  test.each([
    [
      'in a list of details',
      (names: string[]) => names.map((name) => notValid(name, 'PROPERTY_DOESNT_EXIST').errors[0]!),
    ],
    ['in the message only', () => []],
  ])('all properties that one refusal names are dropped together (%s), at the cost of one call', async (_, details) => {
    const gone = ['pendo_gone', 'pendo_lost', 'pendo_fixed'];
    const codes = ['PROPERTY_DOESNT_EXIST', 'PROPERTY_DOESNT_EXIST', 'READ_ONLY_VALUE'];
    const inMessage = gone.map((name, n) => ({ isValid: false, message: `no ${name}`, error: codes[n], name }));
    const errors = details(gone).map((detail, n) => ({ ...detail, code: codes[n] }));
    const { client } = await openHubSpot((_request, response) =>
      json(response, 400, {
        status: 'error',
        message: `Property values were not valid: ${JSON.stringify(inMessage)}`,
        category: 'VALIDATION_ERROR',
        ...(errors.length > 0 ? { errors } : {}),
      }),
    );
    const properties = Object.fromEntries(['pendo_kept', ...gone].map((name) => [name, '1']));
    const reply = await client.batchUpdate(
      'contacts',
      ['1', '2', '3'].map((id) => ({ id, properties })),
    );
    expect(reply.dropProperties.map(({ name, code }) => [name, code])).toEqual(gone.map((name, n) => [name, codes[n]]));
    expect(reply).toMatchObject({ unsent: ['1', '2', '3'], rejected: [], calls: 1 });
  });

  test('rows of one 207 that are refused for different properties name all of these', async () => {
    const { client } = await openHubSpot((request, response) => {
      const errors = sent(request.body).map((row) => ({
        ...notValid(Object.keys(row.properties)[0]!, 'PROPERTY_DOESNT_EXIST'),
        context: { objectWriteTraceId: [row.objectWriteTraceId] },
      }));
      json(response, 207, { results: [], numErrors: errors.length, errors });
    });
    const rows = ['pendo_a', 'pendo_b'].map((name, n) => ({ id: String(n + 1), properties: { [name]: '1' } }));
    const reply = await client.batchUpdate('contacts', rows);
    expect(reply.dropProperties.map(({ name }) => name)).toEqual(['pendo_a', 'pendo_b']);
    expect(reply).toMatchObject({ unsent: ['1', '2'], rejected: [] });
  });

  test('that HubSpot has no time for is sent in halves, and a row alone is not refused for it', async () => {
    const { client } = await openHubSpot((request, response) => {
      const rows = sent(request.body);
      return rows.length > 2 ? json(response, 408, {}) : json(response, 200, { results: rows.map(result) });
    });
    expect(await client.batchUpdate('contacts', inputs(8))).toMatchObject({ rejected: [], calls: 7 });
    const slow = await openHubSpot((_, response) => json(response, 408, {}));
    await expect(slow.client.batchUpdate('contacts', inputs(1))).rejects.toMatchObject({ kind: 'transient' });
  });

  test('that was carried out and never answered is made again, which changes nothing', async () => {
    let calls = 0;
    const { client } = await openHubSpot(
      (request, response) => {
        calls += 1;
        if (calls > 1) json(response, 200, { results: sent(request.body).map(result) });
      },
      { timeouts: { total: 300 } },
    );
    const reply = await client.batchUpdate('contacts', inputs(2));
    expect(reply.accepted).toHaveLength(2);
  });

  test('that ends half-way says what was taken, and what ended it; without any answer it fails', async () => {
    let dead = false;
    const { client } = await openHubSpot((request, response) => {
      const rows = sent(request.body);
      if (dead) return json(response, 401, { category: 'EXPIRED_AUTHENTICATION' });
      if (rows.some((row) => row.id === '8')) return json(response, 400, notValid('pendo_days_active_180d', 'INVALID'));
      dead = true;
      return json(response, 200, { results: rows.map(result) });
    });
    const reply = await client.batchUpdate('contacts', inputs(8));
    expect(reply.accepted.map((row) => row.id)).toEqual(['1', '2', '3', '4']);
    expect(reply.failure).toMatchObject({ kind: 'unauthorised' });
    await expect(client.batchUpdate('contacts', inputs(8))).rejects.toMatchObject({ kind: 'unauthorised' });
  });

  test('a mistake of the caller is not sent', async () => {
    const { client, server } = await openHubSpot((_, response) => json(response, 200, {}));
    expect(() => client.batchUpdate('contacts', inputs(101))).toThrow(RangeError);
    expect(() => client.batchUpdate('contacts', [...inputs(1), ...inputs(1)])).toThrow(RangeError);
    expect(await client.batchUpdate('contacts', [])).toMatchObject({ calls: 0 });
    expect(server.seen).toEqual([]);
  });
});

describe('an upsert', () => {
  test('tells created from updated, and finds its rows by trace id or by the key that HubSpot folded', async () => {
    const { client, server } = await openHubSpot((request, response) => {
      const rows = sent(request.body);
      const results = rows.map((row, no) => ({
        ...result({ id: String(900 + no), properties: { ...row.properties, email: row.id.toLowerCase() } }),
        new: no === 0,
        ...(no === 1 ? { objectWriteTraceId: row.objectWriteTraceId, properties: {} } : {}),
      }));
      json(response, 200, { results: results.reverse() });
    });
    const reply = await client.batchUpsert('contacts', {
      idProperty: 'email',
      inputs: ['Ana@Example.com', 'bo@example.com', 'cy@example.com'].map((key) => ({ key, properties: { a: '1' } })),
    });
    expect(sent(server.seen[0]!.body)[0]).toMatchObject({ idProperty: 'email', id: 'Ana@Example.com' });
    expect(reply.accepted.map(({ id, key, created }) => [id, key, created]).sort()).toEqual([
      ['900', 'Ana@Example.com', true],
      ['901', 'bo@example.com', false],
      ['902', 'cy@example.com', false],
    ]);
  });

  test('counts the records that belong to no key that was sent', async () => {
    const { client } = await openHubSpot((_, response) =>
      json(response, 200, {
        results: [{ ...result({ id: '900', properties: { email: 'jose@example.com' } }), new: true }],
      }),
    );
    const reply = await client.batchUpsert('contacts', {
      idProperty: 'email',
      inputs: [{ key: 'jos\u00e9@example.com', properties: {} }],
    });
    expect(reply).toMatchObject({ accepted: [], absent: ['jos\u00e9@example.com'], strangers: 1, repeated: false });
  });

  test('says that it was sent twice: what is not new then may be its own work', async () => {
    let calls = 0;
    const { client } = await openHubSpot((request, response) => {
      calls += 1;
      if (calls === 1) return json(response, 503, {});
      const results = sent(request.body).map((row) => ({
        ...result({ id: '900', properties: { email: row.id } }),
        new: false,
      }));
      return json(response, 200, { results });
    });
    const inputs = [{ key: 'ana@example.com', properties: {} }];
    expect(await client.batchUpsert('contacts', { idProperty: 'email', inputs })).toMatchObject({ repeated: true });
    expect(await client.batchUpsert('contacts', { idProperty: 'email', inputs })).toMatchObject({ repeated: false });
  });

  test('that missed its moment was not sent: it is sent at the next one, and not twice', async () => {
    const open = openBudget();
    let asked = 0;
    const missed: unknown[] = [];
    const budget: Budget = {
      async acquire(request) {
        asked += 1;
        missed.push(request.insteadOf);
        const sendBy = asked === 1 ? performance.now() - 1 : Number.POSITIVE_INFINITY;
        return {
          ...(await open.budget.acquire(request)),
          slot: { at: asked, sendBy, used: 1, quota: 9, missed: 0, ahead: 0 },
        };
      },
    };
    const answer: Answer = (request, response) => {
      const results = sent(request.body).map((row) => ({
        ...result({ id: '900', properties: { email: row.id } }),
        new: false,
      }));
      return json(response, 200, { results });
    };
    const { client, server } = await openHubSpot(answer, { budget });
    const inputs = [{ key: 'ana@example.com', properties: {} }];
    expect(await client.batchUpsert('contacts', { idProperty: 'email', inputs })).toMatchObject({ repeated: false });
    expect(server.seen).toHaveLength(1);
    expect(missed).toEqual([undefined, expect.objectContaining({ at: 1 })]);
  });
});
