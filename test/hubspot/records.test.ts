import { describe, expect, test } from 'vitest';
import { json } from '../egress/http-server.ts';
import { openHubSpot } from './open-hubspot.ts';

const record = (id: string, properties: Record<string, string | null> = {}) => ({
  id,
  properties: { hs_object_id: id, ...properties },
  createdAt: '2024-01-17T19:55:04.281Z',
  updatedAt: '2024-09-11T13:27:39.356Z',
  archived: false,
  url: `https://app.hubspot.com/contacts/1/record/0-1/${id}`,
});

describe('a list page', () => {
  test('is asked for and read as HubSpot documents it', async () => {
    const { client, server, limitClasses } = await openHubSpot((_, response) =>
      json(response, 200, {
        results: [record('1502', { email: 'ana@example.com', firstname: null })],
        paging: { next: { after: '1503', link: 'https://api.hubapi.com/elsewhere' } },
      }),
    );
    const page = await client.listPage('contacts', { after: '1400', limit: 1, properties: ['email', 'firstname'] });
    expect(page).toEqual({
      records: [{ id: '1502', properties: { hs_object_id: '1502', email: 'ana@example.com', firstname: null } }],
      next: '1503',
    });
    const url = new URL(server.seen[0]!.url, server.url);
    expect(url.pathname).toBe('/crm/objects/2026-03/contacts');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      limit: '1',
      after: '1400',
      properties: 'email,firstname',
      archived: 'false',
    });
    expect(server.seen[0]!.headers.authorization).toBe('Bearer pat-na1-token');
    expect(limitClasses).toEqual(['burst']);
  });

  test.each([
    ['an empty list', '{"results":[]}'],
    ['null', '{"results":null}'],
    ['none at all', '{}'],
  ])('with %s for results is an empty page', async (_, body) => {
    const { client } = await openHubSpot((_, response) => void response.writeHead(200).end(body));
    expect(await client.listPage('contacts', { properties: [] })).toEqual({ records: [] });
  });

  test.each([
    ['no body', ''],
    ['HTML', '<html>maintenance</html>'],
    ['half a body', '{"results":[{"id":"1","propert'],
    ['another shape', '{"results":"none"}'],
  ])('with %s is an unfinished read, not an empty one', async (_, body) => {
    const { client, server } = await openHubSpot((_, response) => void response.writeHead(200).end(body));
    const reading = client.listPage('contacts', { properties: [] });
    await expect(reading).rejects.toMatchObject({ vendor: 'hubspot', kind: 'transient', code: 'UNREADABLE_REPLY' });
    expect(server.seen).toHaveLength(3);
  });

  test('that points to itself is not followed for ever', async () => {
    const { client } = await openHubSpot((_, response) =>
      json(response, 200, { results: [record('7')], paging: { next: { after: '7' } } }),
    );
    const reading = client.listPage('contacts', { after: '7', properties: [] });
    await expect(reading).rejects.toMatchObject({ code: 'UNREADABLE_REPLY' });
  });

  test('of more properties than a URL holds is read by id, all properties of all records', async () => {
    const properties = Array.from({ length: 300 }, (_, no) => `a_rather_long_property_name_${no}`);
    const { client, server } = await openHubSpot((request, response) => {
      if (request.method === 'GET') {
        json(response, 200, { results: [record('1'), record('2')], paging: { next: { after: '3' } } });
        return;
      }
      const { inputs, properties } = JSON.parse(request.body);
      // Record 2 was deleted in between.
      const results = inputs
        .filter(({ id }: { id: string }) => id !== '2')
        .map(({ id }: { id: string }) => record(id, { [properties.at(-1)]: 'x' }));
      json(response, 207, {
        results,
        numErrors: 1,
        errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['2'] } }],
      });
    });
    const page = await client.listPage('contacts', { properties });
    expect(page.next).toBe('3');
    expect(page.records).toEqual([{ id: '1', properties: { hs_object_id: '1', [properties.at(-1)!]: 'x' } }]);
    expect(server.seen.every((request) => request.url.length < 8_000)).toBe(true);
    expect(JSON.parse(server.seen[1]!.body).properties).toEqual(properties);
  });

  test('answered 414 is read by id too, and the next one right away', async () => {
    const { client, server } = await openHubSpot((request, response) => {
      if (request.method === 'POST') return json(response, 200, { results: [record('1', { a: 'x' })] });
      if (request.url.includes('long')) return void response.writeHead(414).end('URI Too Long');
      return json(response, 200, { results: [record('1')] });
    });
    for (let page = 0; page < 2; page += 1) {
      const { records } = await client.listPage('companies', { properties: ['a', 'long'] });
      expect(records[0]!.properties.a).toBe('x');
    }
    expect(server.seen.map((request) => request.method)).toEqual(['GET', 'GET', 'POST', 'GET', 'POST']);
  });
});

test('a search counts in its own limit class and reports the total', async () => {
  const { client, server, limitClasses } = await openHubSpot((_, response) =>
    json(response, 200, { total: 123, results: [record('5')], paging: { next: { after: '200' } } }),
  );
  const filters = [{ propertyName: 'lastmodifieddate', operator: 'GTE' as const, value: '1763856000000' }];
  const sort = { property: 'hs_object_id', direction: 'ASCENDING' as const };
  const page = await client.searchPage('contacts', { filters, sort, limit: 200, after: '0', properties: ['email'] });
  expect(page).toMatchObject({ total: 123, next: '200' });
  expect(JSON.parse(server.seen[0]!.body)).toEqual({
    filterGroups: [{ filters }],
    sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
    properties: ['email'],
    limit: 200,
    after: '0',
  });
  expect(await client.countRecords('contacts')).toBe(123);
  expect(JSON.parse(server.seen[1]!.body)).toEqual({ properties: [], limit: 1 });
  expect(limitClasses).toEqual(['search', 'search']);
});

describe('a read by key', () => {
  const missing = (ids: string[]) => ({
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: 'Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.',
    context: { ids },
  });

  test.each([207, 200])('answers whom HubSpot finds and which keys find nobody (%i)', async (status) => {
    const { client, server } = await openHubSpot((_, response) =>
      json(response, status, {
        status: 'COMPLETE',
        results: [record('7', { email: 'ana@example.com', hs_additional_emails: 'a@example.com' })],
        numErrors: 1,
        errors: [missing(['b@example.com', 'c@example.com'])],
      }),
    );
    const keys = ['a@example.com', 'b@example.com', 'c@example.com'];
    const properties = ['email', 'hs_additional_emails'];
    const reply = await client.readByKey('contacts', { idProperty: 'email', keys, properties });
    expect(reply.records.map(({ id, properties: { email } }) => [id, email])).toEqual([['7', 'ana@example.com']]);
    expect(reply.missing).toEqual(['b@example.com', 'c@example.com']);
    expect(server.seen[0]!.url).toBe('/crm/objects/2026-03/contacts/batch/read');
    expect(JSON.parse(server.seen[0]!.body)).toMatchObject({
      idProperty: 'email',
      inputs: keys.map((id) => ({ id })),
      properties,
    });
  });

  test('that finds everybody names nobody missing', async () => {
    const { client } = await openHubSpot((_, response) => json(response, 200, { results: [record('7')] }));
    const reply = await client.readByKey('companies', { idProperty: 'key', keys: ['a'], properties: ['key'] });
    expect(reply.missing).toEqual([]);
  });
});

describe('an error in a 200', () => {
  test.each([
    { status: 'error', message: 'internal error', correlationId: 'x', category: 'INTERNAL' },
    { error: 'internal', results: null },
    { errors: [{ message: 'internal' }], results: [] },
    { results: [record('1')], errors: [{ message: 'the rest failed' }] },
    { total: 0, results: [], error: { message: 'internal' } },
  ])('%j is no empty portal, by whatever call', async (answer) => {
    const { client } = await openHubSpot((_, response) => json(response, 200, answer));
    const reading = [
      client.listPage('contacts', { properties: [] }),
      client.searchPage('contacts', { filters: [], properties: [] }),
      client.listProperties('contacts'),
      client.readRecords('contacts', ['1', '2'], ['email']),
    ];
    for (const result of await Promise.allSettled(reading)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { vendor: 'hubspot', kind: 'transient', code: 'ERROR_IN_REPLY' },
      });
    }
  });

  test('says of no row of a batch that it was written', async () => {
    const { client } = await openHubSpot((_, response) =>
      json(response, 200, { status: 'error', message: 'internal', results: [record('1')] }),
    );
    const writing = client.batchUpdate('contacts', [{ id: '1', properties: { phone: '1' } }]);
    await expect(writing).rejects.toMatchObject({ kind: 'transient', code: 'ERROR_IN_REPLY' });
  });
});

describe('a value that is no text', () => {
  const odd = [13, 1.5, true, ['a'], { a: 1 }, null];
  test('costs itself, and not the page or its record', async () => {
    const { client } = await openHubSpot((_, response) =>
      json(response, 200, {
        total: 7,
        results: [
          ...odd.map((value, n) => ({ ...record(String(n + 1)), properties: { phone: value, city: 'Oslo' } })),
          record('9'),
        ],
      }),
    );
    const { records } = await client.listPage('contacts', { properties: ['phone', 'city'] });
    expect(records.map(({ properties }) => properties)).toEqual([
      ...odd.map((phone) => ({ phone, city: 'Oslo' })),
      { hs_object_id: '9' },
    ]);
    expect((await client.searchPage('contacts', { filters: [], properties: [] })).records).toHaveLength(7);
    expect(await client.readRecords('contacts', ['1', '9'], ['phone'])).toHaveLength(2);
  });

  test('in the answer to a batch leaves its rows written', async () => {
    const { client } = await openHubSpot((_, response) =>
      json(response, 200, {
        results: [
          { id: 1, properties: { phone: 13 }, new: 'no', objectWriteTraceId: 7 },
          { id: '2', properties: null },
        ],
      }),
    );
    const rows = ['1', '2'].map((id) => ({ id, properties: { phone: '13' } }));
    const reply = await client.batchUpdate('contacts', rows);
    expect(reply.accepted.map(({ id }) => id)).toEqual(['1', '2']);
  });

  test.each([null, 1.5, 'x', '', 2 ** 60])(
    'but an id is what a record is known by: with %j the page is unreadable',
    async (id) => {
      const { client } = await openHubSpot((_, response) => json(response, 200, { results: [{ id, properties: {} }] }));
      await expect(client.listPage('contacts', { properties: [] })).rejects.toMatchObject({ code: 'UNREADABLE_REPLY' });
    },
  );
});
